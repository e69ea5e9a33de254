{#- CREATE TABLE of a landing or bookkeeping table. A feed's table gets _loaded_at, which is filled by
    its default because COPY leaves it out; the default is evaluated once per load, so it identifies
    the load as well as dating it. -#}
{% macro create_table_sql(table) -%}
    {%- set attributes = table.attributes -%}
    {%- set keys = attributes.get('primary_key', []) -%}
    {%- set lines = [] -%}
    {%- for column in table_columns(table) -%}
        {%- do lines.append(column_sql(column)) -%}
    {%- endfor -%}
    {%- if keys -%}
        {%- do lines.append('primary key (' ~ quoted_names(keys) ~ ')') -%}
    {%- endif -%}
    create table if not exists {{ table.relation }} (
        {{ lines | join(',\n        ') }}
    )
    {%- if attributes.get('dist') %}
    {{ dist_sql(attributes.dist) }}
    {%- endif %}
    {%- if attributes.get('sort') %}
    sortkey ({{ quoted_names(attributes.sort) }})
    {%- endif %}
{%- endmacro %}

{#- The columns that a table has to have: name, type, default, not_null. -#}
{% macro table_columns(table) %}
    {%- set columns = [] -%}
    {%- for column in table.columns -%}
        {%- do columns.append({
            'name': column.name,
            'type': column.data_type,
            'default': column.config.meta.get('default'),
            'not_null': column.name in table.attributes.get('primary_key', []) or (column.constraints | length > 0),
        }) -%}
    {%- endfor -%}
    {%- if 'jobs' in table -%}
        {%- do columns.append({
            'name': '_loaded_at', 'type': 'timestamp', 'default': 'sysdate', 'not_null': false
        }) -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}

{% macro column_sql(column) -%}
    {{ quoted_name(column.name) }} {{ column.type }}
    {%- if column.default %} default {{ column.default }}{% endif -%}
    {%- if column.not_null %} not null{% endif -%}
{%- endmacro %}

{% macro dist_sql(dist) -%}
    {%- if dist in ['even', 'all', 'auto'] -%}
        diststyle {{ dist }}
    {%- else -%}
        distkey ({{ quoted_name(dist) }})
    {%- endif -%}
{%- endmacro %}

{% macro quoted_names(names) -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}
        {%- do quoted.append(quoted_name(name)) -%}
    {%- endfor -%}
    {{ return(quoted | join(', ')) }}
{%- endmacro %}
