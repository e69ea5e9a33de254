{#- Pre-hook of the models in models/landing, staging and ops, outside a transaction because Redshift
    refuses COPY JOB CREATE in one: what the model reads is there when it runs. landing_loads is the
    first model of every feed and brings all of them into line, with one query of the catalog and one
    of the log; the models after it then do nothing. -#}
{% macro ensure_landing() %}
    {%- if execute and not var('landing_is_ensured') and graph.get('landing_ensured_by') != invocation_id -%}
        {%- set is_first, jobs = model.name == 'landing_loads', [] -%}
        {%- for job in declared_jobs() if is_first or job.feed.unique_id in model.depends_on.nodes -%}
            {%- do jobs.append(job) -%}
        {%- endfor -%}
        {%- if jobs or graph.get('bookkeeping_ensured_by') != invocation_id -%}
            {%- set feeds = jobs | map(attribute='feed') | unique(attribute='unique_id') | list -%}
            {%- do apply_light_part(landing_plan(feeds, jobs, strangers=is_first)) -%}
        {%- endif -%}
        {%- do graph.update({'landing_ensured_by' if is_first else 'bookkeeping_ensured_by': invocation_id}) -%}
    {%- endif -%}
{% endmacro %}

{#- What a build may do. What needs care - replacing, resuming, refusing - is left to apply_copy_jobs:
    the build warns of it, and test no_drifted_jobs counts it among the build's warnings. -#}
{% macro apply_light_part(steps) %}
    {%- set light = ['create', 'add column', 'widen', 'adopt'] -%}
    {%- set due = steps | selectattr('action', 'in', light) | list -%}
    {%- do apply_steps(due) -%}
    {%- set new = due | selectattr('action', 'equalto', 'create') | selectattr('kind', 'equalto', 'job')
        | selectattr('job.on_existing_files', 'equalto', 'backfill') | list -%}
    {%- if new -%}
        {%- do exceptions.warn(
            'landing: ' ~ (new | length) ~ ' prefix(es) are not accounted for: a new copy job never sees objects'
            ~ ' that are older than it, and a build cannot list the bucket. Load them with: python -m orchestration'
            ~ ' prepare'
        ) -%}
    {%- endif -%}
    {%- set open = steps | rejectattr('action', 'in', light + settled_actions()) | list -%}
    {%- for step in open -%}
        {%- do exceptions.warn('landing: ' ~ step.object ~ ': ' ~ step.action ~ ' (' ~ step.reason ~ ')' ~ way_on(step)) -%}
    {%- endfor -%}
    {%- do graph.update({'landing_open_steps': open}) -%}
{% endmacro %}

{#- What to type for a step that a build leaves; the reason of what is refused says so itself. -#}
{% macro way_on(step) -%}
    {%- if step.action not in ['refused', 'invisible'] -%}
        {%- set arguments = '{prune: true}' if step.action == 'orphan' else '{select: ' ~ step.select ~ '}' -%}
        ; carry it out with: dbt run-operation apply_copy_jobs --args '{{ arguments }}'
    {%- endif -%}
{%- endmacro %}

{#- For test no_drifted_jobs: what the pre-hook of landing_loads left, or what a plan says now. A job that
    this user may not see cannot be compared. -#}
{% macro landing_open_steps() %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set steps = graph.landing_open_steps if graph.get('landing_ensured_by') == invocation_id else plan_of() -%}
    {{ return(steps | rejectattr('action', 'in', settled_actions() + ['invisible']) | list) }}
{% endmacro %}
