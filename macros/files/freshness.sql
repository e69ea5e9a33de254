{#- When a source table was loaded last, from the ledger of files: the loaded_at_query of the landing
    sources. It reads a few rows of the ledger, never landing, and is as new as the ledger is. -#}
{% macro last_load(table) %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.ops_load_files'] -%}
    {%- if not is_built({'schema': ledger.schema, 'identifier': ledger.alias}) -%}
        {%- do exceptions.raise_compiler_error(
            'the ledger ops_load_files has not been built; run dbt build --selector ops first'
        ) -%}
    {%- endif -%}
    select max(status_at)
    from {{ ledger.relation_name }}
    where status = 'ingested'
        and table_schema = {{ quoted_text(table.schema) }}
        and table_name = {{ quoted_text(table.identifier) }}
{% endmacro %}
