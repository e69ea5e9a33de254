{#- A profile whose schema is `public` owns the warehouse and uses names as they are declared; any
    other profile is one analyst's copy, and its schema is put in front of schemas and copy jobs.
    Source YAML is rendered without macros: it repeats this rule, and a test holds the two equal. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else own_name(custom_schema_name) }}
{%- endmacro %}

{% macro own_name(name) -%}
    {{ return((name | trim) if target.schema == 'public' else target.schema ~ '_' ~ (name | trim)) }}
{%- endmacro %}
