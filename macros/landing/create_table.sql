{#- CREATE TABLE of a landing or bookkeeping table. -#}
{% macro create_table_sql(table) -%}
    {%- set attributes = table.attributes -%}
    {%- set lines = [] -%}
    {%- for column in table_columns(table) -%}
        {%- do lines.append(column_sql(column)) -%}
    {%- endfor -%}
    {%- if attributes.get('primary_key') -%}
        {%- do lines.append('primary key (' ~ quoted_names(attributes.primary_key) ~ ')') -%}
    {%- endif -%}
    create table if not exists {{ table.relation }} (
        {{ lines | join(',\n        ') }}
    )
    {%- if attributes.get('dist') in ['even', 'all', 'auto'] %}
    diststyle {{ attributes.dist }}
    {%- elif attributes.get('dist') %}
    distkey ({{ quoted_name(attributes.dist) }})
    {%- endif %}
    {%- if attributes.get('sort') %}
    sortkey ({{ quoted_names(attributes.sort) }})
    {%- endif %}
{%- endmacro %}

{#- The columns that a table has to have. A feed's table gets _loaded_at, which is filled by its default
    because COPY leaves it out; the default is evaluated once per load, so it identifies the load. -#}
{% macro table_columns(table) %}
    {%- set columns = [] -%}
    {%- for column in table.columns -%}
        {%- do columns.append({
            'name': column.name,
            'type': column.data_type,
            'default': column.config.meta.get('default'),
            'not_null': column.name in table.attributes.get('primary_key', []) or column.constraints | length > 0,
        }) -%}
    {%- endfor -%}
    {%- if 'jobs' in table -%}
        {%- do columns.append({'name': '_loaded_at', 'type': 'timestamp', 'default': 'sysdate', 'not_null': false}) -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}

{% macro column_sql(column) -%}
    {{ quoted_name(column.name) }} {{ column.type }}
    {%- if column.default %} default {{ column.default }}{% endif -%}
    {%- if column.not_null %} not null{% endif -%}
{%- endmacro %}
