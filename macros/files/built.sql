{#- The relation of an ops model that an operation reads; one query. -#}
{% macro built(name, by='--selector object_status') %}
    {%- set relation = load_relation(ref(name)) -%}
    {%- if relation is none -%}
        {%- do exceptions.raise_compiler_error(
            ref(name) ~ ' has not been built; build it first: dbt build ' ~ by
        ) -%}
    {%- endif -%}
    {{ return(relation) }}
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
