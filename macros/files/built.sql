{#- dbt's own look-up would leave a transaction open, which ends with the operation: what the operation
    writes would be rolled back. -#}
{% macro built(name, by='--selector object_status') %}
    {%- set model = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
    {%- set found = run_query(
        'select 1 from svv_tables where table_schema = ' ~ quoted_text(model.schema)
        ~ ' and table_name = ' ~ quoted_text(model.alias)
    ).rows -%}
    {%- do exceptions.raise_compiler_error(
        model.relation_name ~ ' has not been built; build it first: dbt build ' ~ by
    ) if not found -%}
    {{ return(model.relation_name) }}
{% endmacro %}

{% macro enabled_jobs(select) %}
    {{ return(declared_jobs(select) | selectattr('enabled') | list) }}
{% endmacro %}

{% macro of_jobs(select) %}
    {{ return('job_name in (' ~ quoted_texts(enabled_jobs(select) | map(attribute='name') | list or ['']) ~ ')') }}
{% endmacro %}

{% macro ops_views_hash() %}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | selectattr('fqn.1', 'equalto', 'ops') | sort(attribute='name') -%}
    {{ return(local_md5([
        models | map(attribute='checksum.checksum') | list, declared_jobs(), var('event_grace_seconds'),
    ] | string)) }}
{% endmacro %}
