{% macro table_plan(table, existing) %}
    {%- if not existing -%}
        {{ return([table_step(table, 'create', 'not there yet', [
            'create schema if not exists ' ~ quoted_names(table.schema), create_table_sql(table),
        ])]) }}
    {%- endif -%}
    {%- set columns, steps = table_columns(table), [] -%}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set declared = dict(zip(names, columns)) -%}
    {%- for name in names + existing | reject('in', names) | list -%}
        {%- do steps.append(column_step(table, name, declared.get(name), existing.get(name))) -%}
    {%- endfor -%}
    {%- do steps.extend(attribute_steps(table, existing.values() | list)) -%}
    {{ return(steps | select | list or [table_step(table, 'unchanged')]) }}
{% endmacro %}

{% macro table_step(table, action, reason='', change=[]) %}
    {{ return({
        'kind': 'table', 'object': table.object, 'action': action, 'reason': reason, 'fields': [],
        'select': table.name,
        'sql': ['alter table ' ~ table.relation ~ ' ' ~ change] if change is string else change,
    }) }}
{% endmacro %}

{#- The first rule that holds decides. Redshift adds columns and lengthens a VARCHAR in place; it changes no other
    type, and NOT NULL cannot be set or lifted (ALTER TABLE page). -#}
{% macro column_step(table, name, column, existing) %}
    {%- set wanted, actual, is_not_null = column.type, existing.text, existing.is_set == 1 -%}
    {%- set lengths = modules.re.findall('varchar.(\\d+)', actual ~ wanted) | map('int') | list -%}
    {%- set said, undeclared = 'column ' ~ name ~ ' is ', 'column ' ~ name ~ ' is no longer declared; it ' -%}
    {%- set rules = [
        [not column and is_not_null, 'refused', undeclared ~ 'is NOT NULL, so every load would fail: declare it, or'
            ~ ' drop it by hand: alter table ' ~ table.relation ~ ' drop column ' ~ quoted_names(name)],
        [not column, 'kept', undeclared ~ 'stays, and new rows have NULL in it'],
        [not existing and column.is_not_null, 'refused', said ~ 'new and not_null, which rows that are there cannot'
            ~ ' meet; take the constraint away'],
        [not existing, 'add column', name ~ ' ' ~ wanted, 'add column ' ~ column.sql],
        [lengths | length == 2 and lengths[0] < lengths[1], 'widen', name ~ ' from ' ~ actual ~ ' to ' ~ wanted,
            'alter column ' ~ quoted_names(name) ~ ' type ' ~ wanted],
        [wanted != actual, 'refused', said ~ actual ~ ', declared as ' ~ wanted ~ '; only a varchar can be changed in'
            ~ ' place, and only to a longer one: declare a column of another name, or copy the table by hand'],
        [column.is_not_null != is_not_null, 'refused', said ~ ('not null' if is_not_null else 'nullable') ~ ' in the'
            ~ ' warehouse, which cannot be changed in place: declare it so, or copy the table by hand'],
    ] -%}
    {%- set rule = rules | selectattr(0) | first -%}
    {{ return(table_step(table, *rule[1:]) if rule else none) }}
{% endmacro %}

{#- PG_CLASS.reldiststyle: 0 EVEN, 1 KEY, 8 ALL; 10, 11 and 12 are AUTO, in its present form. What is not
    declared is Redshift's own to choose. -#}
{% macro attribute_steps(table, columns) %}
    {%- set key = columns | selectattr('is_dist_key', 'equalto', 1) | map(attribute='name') | first -%}
    {%- set distributed = {0: 'even', 1: key, 8: 'all'}.get(columns[0].dist_style | int, 'auto') -%}
    {%- set sorted_by = columns | selectattr('sort_position', 'greaterthan', 0)
        | sort(attribute='sort_position') | map(attribute='name') | list -%}
    {%- set dist, sort = table.attributes.get('dist', distributed), table.attributes.get('sort', sorted_by) -%}
    {%- set style = 'diststyle ' ~ dist if dist in ['even', 'all', 'auto'] else 'distkey ' ~ quoted_names(dist) -%}
    {{ return([
        table_step(table, 'dist', 'from ' ~ distributed ~ ' to ' ~ dist, 'alter ' ~ style) if dist != distributed,
        table_step(
            table, 'sort', 'from ' ~ (sorted_by | join(', ') or 'none') ~ ' to ' ~ (sort | join(', ')),
            'alter sortkey (' ~ quoted_names(sort) ~ ')'
        ) if sort != sorted_by,
    ]) }}
{% endmacro %}
