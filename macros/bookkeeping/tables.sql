{% macro bookkeeping_tables() %}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') if node.source_name == 'bookkeeping' -%}
        {%- do tables.append(source_table(node)) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{#- dbt knows no tables yet while it parses. -#}
{% macro bookkeeping(name) %}
    {{ return((bookkeeping_tables() | selectattr('table', 'equalto', name) | first).relation if execute else '') }}
{% endmacro %}
