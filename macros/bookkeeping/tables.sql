{#- The tables in which the project keeps its own record, as declared in models/ops; made and altered
    like landing tables. -#}
{% macro bookkeeping_tables() %}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') if node.source_name == 'bookkeeping' -%}
        {%- do tables.append(source_table(node)) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{#- A bookkeeping table as SQL names it; dbt knows no tables yet while it parses. -#}
{% macro bookkeeping(name) %}
    {{ return((bookkeeping_tables() | selectattr('table', 'equalto', name) | first).relation if execute else '') }}
{% endmacro %}

{#- Whether the catalog shows it: a new warehouse has none yet. -#}
{% macro has_bookkeeping(catalog, name) %}
    {%- set table = bookkeeping_tables() | selectattr('table', 'equalto', name) | first -%}
    {{ return(table.schema ~ '.' ~ name in catalog.tables) }}
{% endmacro %}
