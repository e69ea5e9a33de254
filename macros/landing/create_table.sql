{#- CREATE TABLE of a feed. _loaded_at is filled by its default because COPY leaves it out;
    the default is evaluated once per load, so it identifies the load as well as dating it. -#}
{% macro landing_table_sql(feed) -%}
    {%- set attributes = feed.attributes -%}
    {%- set keys = attributes.get('primary_key', []) -%}
    create table if not exists {{ feed.relation }} (
    {%- for column in feed.columns %}
        {{ quoted_name(column.name) }} {{ column.data_type }}
        {%- if column.name in keys or column.constraints %} not null{% endif %},
    {%- endfor %}
        "_loaded_at" timestamp default sysdate
    {%- if keys %},
        primary key ({{ quoted_names(keys) }})
    {%- endif %}
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

{% macro quoted_names(names) -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}
        {%- do quoted.append(quoted_name(name)) -%}
    {%- endfor -%}
    {{ return(quoted | join(', ')) }}
{%- endmacro %}
