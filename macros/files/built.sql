{#- The relation of an ops model that an operation reads; one query. dbt's own look-up would leave a
    transaction open, which ends with the operation: what the operation writes would be rolled back. -#}
{% macro built(name, by='--selector object_status') %}
    {%- if not is_built(ref(name)) -%}
        {%- do exceptions.raise_compiler_error(
            ref(name) ~ ' has not been built; build it first: dbt build ' ~ by
        ) -%}
    {%- endif -%}
    {{ return(ref(name)) }}
{% endmacro %}

{% macro is_built(relation) %}
    {%- set query -%}
        select count(*) as found
        from svv_tables
        where table_schema = {{ quoted_text(relation.schema) }}
            and table_name = {{ quoted_text(relation.identifier) }}
    {%- endset -%}
    {{ return(run_query(query).rows[0].found | int > 0) }}
{% endmacro %}

{#- Condition on the job_name of an ops model for the selected jobs that are enabled. -#}
{% macro of_jobs(select) %}
    {%- set names = [] -%}
    {%- for job in declared_jobs(select) if job.enabled -%}
        {%- do names.append(quoted_text(job.name)) -%}
    {%- endfor -%}
    {{ return('job_name in (' ~ (names or ["''"]) | join(', ') ~ ')') }}
{% endmacro %}

{#- MD5 of what the views of this invocation are built from: the SQL of the ops models, the declared
    jobs, the grace. The flow builds them anew when it differs from what ops_declared_jobs was built
    from. -#}
{% macro ops_views_hash() %}
    {%- set parts = [var('event_grace_seconds') | string] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.resource_type == 'model' and node.name.startswith('ops_') -%}
        {%- do parts.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for job in declared_jobs() -%}
        {%- do parts.append([
            job.name, job.relation, job.url, job.on_existing_files, job.enabled,
        ] | string) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{% endmacro %}
