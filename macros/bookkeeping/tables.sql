{#- The tables in which the project keeps its own record, as declared in
    models/ops/_ops__sources.yml; made and altered like landing tables. -#}
{% macro bookkeeping_tables() %}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- if node.source_name == 'bookkeeping' and node.package_name == project_name -%}
            {%- do tables.append(source_table(node)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{#- A bookkeeping table as SQL names it; dbt knows no tables yet while it parses. -#}
{% macro bookkeeping(name) %}
    {%- if not execute -%}
        {{ return('') }}
    {%- endif -%}
    {%- for table in bookkeeping_tables() if table.table == name -%}
        {{ return(table.relation) }}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error("there is no bookkeeping table '" ~ name ~ "'") -%}
{% endmacro %}

{#- Whether the catalog shows it: a new warehouse has none yet. -#}
{% macro has_bookkeeping(catalog, name) %}
    {%- for table in bookkeeping_tables() if table.table == name -%}
        {{ return(table.schema ~ '.' ~ name in catalog.tables) }}
    {%- endfor -%}
{% endmacro %}
