{#- The light part, in front of every build: what the build's sources declare is there when it runs.
    With everything in place it asks twice (catalog and log) for the whole build and sends no DDL.
    What needs care - replacing, resuming, refusing - is only told, for apply_copy_jobs to do. -#}

{#- on-run-start: for all that the selected nodes read. -#}
{% macro ensure_landing_of_build() %}
    {%- if execute and not var('landing_is_ensured') -%}
        {%- set wanted = [] -%}
        {%- for id in selected_resources if id in graph.nodes -%}
            {%- do wanted.extend(graph.nodes[id].depends_on.nodes) -%}
        {%- endfor -%}
        {%- do ensure_feeds_of(wanted) -%}
        {%- do graph.update({'landing_ensured_by': invocation_id}) -%}
    {%- endif -%}
{% endmacro %}

{#- Pre-hook of the staging models, outside a transaction because Redshift refuses COPY JOB CREATE in
    one: for what this model reads, unless the build's check has done it. -#}
{% macro ensure_landing() %}
    {%- if execute and not var('landing_is_ensured')
        and graph.get('landing_ensured_by') != invocation_id -%}
        {%- do ensure_feeds_of(model.depends_on.nodes) -%}
    {%- endif -%}
{% endmacro %}

{#- A build that reads nothing of landing still writes the ledgers, which read the bookkeeping. -#}
{% macro ensure_feeds_of(unique_ids) %}
    {%- set feeds = [] -%}
    {%- for feed in landing_feeds() if feed.unique_id in unique_ids -%}
        {%- do feeds.append(feed) -%}
    {%- endfor -%}
    {%- set bookkeeping_ids = bookkeeping_tables() | map(attribute='unique_id') -%}
    {%- if feeds or bookkeeping_ids | select('in', unique_ids) | list -%}
        {%- set jobs = [] -%}
        {%- for job in declared_jobs() if job.feed.unique_id in unique_ids -%}
            {%- do jobs.append(job) -%}
        {%- endfor -%}
        {%- do apply_light_part(landing_plan(landing_state(feeds), jobs)) -%}
    {%- endif -%}
{% endmacro %}

{% macro apply_light_part(steps) %}
    {%- set light = ['create', 'add column', 'widen', 'adopt'] -%}
    {%- set quiet = ['unchanged', 'held', 'kept'] -%}
    {%- do apply_steps(steps | selectattr('action', 'in', light) | list) -%}
    {%- for step in steps if step.action not in light + quiet -%}
        {%- do exceptions.warn(
            'landing: ' ~ step.object ~ ': ' ~ step.action ~ ' (' ~ step.reason ~ '); see'
            ~ ' dbt run-operation plan_copy_jobs, then apply_copy_jobs'
        ) -%}
    {%- endfor -%}
{% endmacro %}
