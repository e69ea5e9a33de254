{% macro create_table_sql(table) -%}
    {%- set key, sort, dist = table.attributes.primary_key, table.attributes.sort, table.attributes.dist -%}
    create table if not exists {{ table.relation }} (
        {{ table_columns(table) | map(attribute='sql') | join(',\n        ') }}
        {{ ', primary key (' ~ quoted_names(key) ~ ')' if key }}
    )
    {{ 'diststyle ' ~ dist if dist in ['even', 'all', 'auto'] else 'distkey (' ~ quoted_names(dist) ~ ')' if dist }}
    {{ 'sortkey (' ~ quoted_names(sort) ~ ')' if sort }}
{%- endmacro %}

{#- A feed's table gets _loaded_at, which is filled by its default because COPY leaves it out; the default is
    evaluated once per load, so it identifies the load. -#}
{% macro table_columns(table) %}
    {%- set columns, key = [], table.attributes.get('primary_key', []) -%}
    {%- set loaded_at = {'name': '_loaded_at', 'data_type': 'timestamp'} -%}
    {%- for column in table.columns + ([loaded_at] if table.jobs else []) -%}
        {%- set default = 'sysdate' if column == loaded_at else column.config.meta.default -%}
        {%- set is_not_null = column.name in key or column.constraints | length > 0 -%}
        {%- do columns.append({
            'name': column.name, 'type': declared_type(column.data_type), 'is_not_null': is_not_null,
            'sql': quoted_names(column.name) ~ ' ' ~ column.data_type
                ~ (' default ' ~ default if default else '') ~ (' not null' if is_not_null else ''),
        }) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
