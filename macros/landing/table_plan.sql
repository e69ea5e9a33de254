{#- What stands between a table and its declaration, one step each: create, add column, widen, dist,
    sort, kept (no longer declared, stays), refused (with the way out). -#}
{% macro table_plan(table, catalog) %}
    {%- set existing = catalog.tables.get(table.schema ~ '.' ~ table.table) -%}
    {%- if existing is none -%}
        {{ return([table_step(table, 'create', 'not there yet', [
            'create schema if not exists ' ~ quoted_name(table.schema), create_table_sql(table),
        ])]) }}
    {%- endif -%}
    {%- set steps, columns = [], table_columns(table) -%}
    {%- for column in columns -%}
        {%- do steps.append(column_step(table, column, existing.get(column.name))) -%}
    {%- endfor -%}
    {%- for name, column in existing.items() if name not in columns | map(attribute='name') -%}
        {%- set stays = column.is_set == 0 -%}
        {%- do steps.append(table_step(
            table, 'kept' if stays else 'refused',
            'column ' ~ name ~ ' is no longer declared; ' ~ ('it stays, and new rows have NULL in it' if stays
                else 'it is NOT NULL, so every load would fail: declare it, or drop it by hand: alter table '
                ~ table.relation ~ ' drop column ' ~ quoted_name(name))
        )) -%}
    {%- endfor -%}
    {%- do steps.extend(attribute_steps(table, existing.values() | list)) -%}
    {{ return(steps | select | list or [table_step(table, 'unchanged')]) }}
{% endmacro %}

{#- `change` is what follows the name of the table in ALTER TABLE, or a list of whole statements. -#}
{% macro table_step(table, action, reason='', change=[]) %}
    {{ return({
        'kind': 'table', 'object': table.schema ~ '.' ~ table.table, 'action': action, 'reason': reason,
        'fields': [], 'select': table.name,
        'sql': ['alter table ' ~ table.relation ~ ' ' ~ change] if change is string else change,
    }) }}
{% endmacro %}

{#- Redshift adds columns and lengthens a VARCHAR in place; it changes no other type, and NOT NULL
    cannot be set or lifted (ALTER TABLE page). -#}
{% macro column_step(table, column, existing) %}
    {%- set said = 'column ' ~ column.name ~ ' is ' -%}
    {%- if existing is none and column.not_null -%}
        {{ return(table_step(
            table, 'refused',
            said ~ 'new and not_null, which rows that are there cannot meet; take the constraint away'
        )) }}
    {%- elif existing is none -%}
        {{ return(table_step(table, 'add column', column.name ~ ' ' ~ column.type, 'add column ' ~ column_sql(column))) }}
    {%- endif -%}
    {%- set wanted, actual = declared_type(column.type), catalog_type(existing.text, existing.number | int) -%}
    {%- if wanted[0] == actual[0] == 'varchar' and wanted[1] > actual[1] -%}
        {{ return(table_step(
            table, 'widen', column.name ~ ' from ' ~ shown_type(actual) ~ ' to ' ~ shown_type(wanted),
            'alter column ' ~ quoted_name(column.name) ~ ' type ' ~ column.type
        )) }}
    {%- elif wanted != actual -%}
        {{ return(table_step(
            table, 'refused', said ~ shown_type(actual) ~ ', declared as ' ~ shown_type(wanted)
            ~ '; only a varchar can be changed in place, and only to a longer one: declare a column of'
            ~ ' another name, or copy the table by hand'
        )) }}
    {%- elif column.not_null != (existing.is_set == 1) -%}
        {{ return(table_step(
            table, 'refused', said ~ ('nullable' if column.not_null else 'not null') ~ ' in the warehouse,'
            ~ ' which cannot be changed in place: declare it so, or copy the table by hand'
        )) }}
    {%- endif -%}
{% endmacro %}

{#- PG_CLASS.reldiststyle: 0 EVEN, 1 KEY, 8 ALL; 10, 11 and 12 are AUTO, in its present form. What is
    not declared is Redshift's own to choose. -#}
{% macro attribute_steps(table, columns) %}
    {%- set key = columns | selectattr('is_dist_key', 'equalto', 1) | map(attribute='name') | first -%}
    {%- set distributed = {0: 'even', 1: key, 8: 'all'}.get(columns[0].dist_style | int, 'auto') -%}
    {%- set sorted_by = columns | selectattr('sort_position', 'greaterthan', 0)
        | sort(attribute='sort_position') | map(attribute='name') | list -%}
    {%- set dist, sort = table.attributes.get('dist', distributed), table.attributes.get('sort', sorted_by) -%}
    {%- set style = 'diststyle ' ~ dist if dist in ['even', 'all', 'auto'] else 'distkey ' ~ quoted_name(dist) -%}
    {{ return([
        table_step(table, 'dist', 'from ' ~ distributed ~ ' to ' ~ dist, 'alter ' ~ style) if dist != distributed,
        table_step(
            table, 'sort', 'from ' ~ (sorted_by | join(', ') or 'none') ~ ' to ' ~ (sort | join(', ')),
            'alter sortkey (' ~ quoted_names(sort) ~ ')'
        ) if sort != sorted_by,
    ]) }}
{% endmacro %}
