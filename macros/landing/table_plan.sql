{#- What stands between a table and its declaration, one step each: create, add column, widen, dist,
    sort, kept (no longer declared, stays), refused (with the way out). -#}
{% macro table_plan(table, catalog) %}
    {%- set existing = catalog.tables.get(table.schema ~ '.' ~ table.table) -%}
    {%- if existing is none -%}
        {{ return([table_step(table, 'create', 'not there yet', [
            'create schema if not exists ' ~ quoted_name(table.schema), create_table_sql(table),
        ])]) }}
    {%- endif -%}
    {%- set steps = [] -%}
    {%- set columns = table_columns(table) -%}
    {%- for column in columns -%}
        {%- do steps.append(column_step(table, column, existing.get(column.name))) -%}
    {%- endfor -%}
    {%- for name, column in existing.items() if name not in columns | map(attribute='name') -%}
        {%- do steps.append(table_step(
            table, 'refused' if column.is_set == 1 else 'kept',
            'column ' ~ name ~ ' is no longer declared; '
            ~ ('it is NOT NULL, so every load would fail: declare it, or drop it by hand: alter table '
                ~ table.relation ~ ' drop column ' ~ quoted_name(name)
                if column.is_set == 1 else 'it stays, and new rows have NULL in it')
        )) -%}
    {%- endfor -%}
    {%- do steps.extend(attribute_steps(table, existing.values() | list)) -%}
    {{ return(steps | select | list or [table_step(table, 'unchanged')]) }}
{% endmacro %}

{% macro table_step(table, action, reason='', sql=[]) %}
    {{ return({
        'kind': 'table', 'object': table.schema ~ '.' ~ table.table, 'action': action, 'reason': reason,
        'fields': [], 'sql': sql, 'select': table.name,
    }) }}
{% endmacro %}

{#- Redshift adds columns and lengthens a VARCHAR in place; it changes no other type, and NOT NULL
    cannot be set or lifted (ALTER TABLE page). -#}
{% macro column_step(table, column, existing) %}
    {%- set alter = 'alter table ' ~ table.relation ~ ' ' -%}
    {%- if existing is none and column.not_null -%}
        {{ return(table_step(
            table, 'refused',
            'column ' ~ column.name ~ ' is new and not_null, which rows that are there cannot meet;'
            ~ ' take the constraint away'
        )) }}
    {%- elif existing is none -%}
        {{ return(table_step(
            table, 'add column', column.name ~ ' ' ~ column.type, [alter ~ 'add column ' ~ column_sql(column)]
        )) }}
    {%- endif -%}
    {%- set wanted = declared_type(column.type) -%}
    {%- set actual = catalog_type(existing.text, existing.number | int) -%}
    {%- if wanted != actual and wanted[0] == actual[0] == 'varchar' and wanted[1][0] > actual[1][0] -%}
        {{ return(table_step(
            table, 'widen', column.name ~ ' from ' ~ shown_type(actual) ~ ' to ' ~ shown_type(wanted),
            [alter ~ 'alter column ' ~ quoted_name(column.name) ~ ' type ' ~ column.type]
        )) }}
    {%- elif wanted != actual -%}
        {{ return(table_step(
            table, 'refused',
            'column ' ~ column.name ~ ' is ' ~ shown_type(actual) ~ ', declared as ' ~ shown_type(wanted)
            ~ '; only a varchar can be changed in place, and only to a longer one: declare a column of'
            ~ ' another name, or copy the table by hand'
        )) }}
    {%- elif column.not_null != (existing.is_set == 1) -%}
        {{ return(table_step(
            table, 'refused',
            'column ' ~ column.name ~ ' is ' ~ ('not null' if existing.is_set == 1 else 'nullable')
            ~ ' in the warehouse, which cannot be changed in place: declare it so, or copy the table by hand'
        )) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- PG_CLASS.reldiststyle: 0 EVEN, 1 KEY, 8 ALL; 10, 11 and 12 are AUTO, in its present form. What is
    not declared is Redshift's own to choose. -#}
{% macro attribute_steps(table, columns) %}
    {%- set alter = 'alter table ' ~ table.relation ~ ' alter ' -%}
    {%- set key = columns | selectattr('is_dist_key', 'equalto', 1) | map(attribute='name') | first -%}
    {%- set style = columns[0].dist_style | int -%}
    {%- set distributed = key if style == 1 else {0: 'even', 8: 'all'}.get(style, 'auto') -%}
    {%- set sorted_by = columns | selectattr('sort_position', 'greaterthan', 0)
        | sort(attribute='sort_position') | map(attribute='name') | list -%}
    {%- set dist, sort = table.attributes.get('dist'), table.attributes.get('sort') -%}
    {{ return([
        table_step(table, 'dist', 'from ' ~ distributed ~ ' to ' ~ dist, [
            alter ~ ('diststyle ' ~ dist if dist in ['even', 'all', 'auto'] else 'distkey ' ~ quoted_name(dist))
        ])
        if dist and dist != distributed else none,
        table_step(
            table, 'sort', 'from ' ~ (sorted_by | join(', ') or 'none') ~ ' to ' ~ (sort | join(', ')),
            [alter ~ 'sortkey (' ~ quoted_names(sort) ~ ')']
        ) if sort and sort != sorted_by else none,
    ]) }}
{% endmacro %}
