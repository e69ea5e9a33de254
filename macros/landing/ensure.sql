{#- Outside a transaction, because Redshift refuses COPY JOB CREATE in one. landing_loads is the first model of
    every feed and brings all of them into line, with one query of the catalog and one of the log; the models
    after it then do nothing. -#}
{% macro ensure_landing() %}
    {%- if execute and not var('landing_is_ensured') and graph.get('landing_ensured_by') != invocation_id -%}
        {%- set is_first, jobs = model.name == 'landing_loads', declared_jobs() -%}
        {%- set jobs = jobs if is_first
            else jobs | selectattr('feed.unique_id', 'in', model.depends_on.nodes) | list -%}
        {%- if jobs or graph.get('bookkeeping_ensured_by') != invocation_id -%}
            {%- do apply_light_part(landing_plan(jobs, strangers=is_first)) -%}
        {%- endif -%}
        {%- do graph.update({'landing_ensured_by' if is_first else 'bookkeeping_ensured_by': invocation_id}) -%}
    {%- endif -%}
{% endmacro %}

{#- What needs care - replacing, resuming, refusing - is left to apply_copy_jobs: the build warns of it, and
    test no_drifted_jobs counts it among the build's warnings. What is left to people says itself what to type. -#}
{% macro apply_light_part(steps) %}
    {%- set due = steps | selectattr('left_to', 'equalto', 'build') | list -%}
    {%- set open = steps | rejectattr('left_to', 'in', ['nobody', 'build']) | list -%}
    {%- set unseen = due | selectattr('job') | selectattr('action', 'equalto', 'create')
        | selectattr('job.on_existing_files', 'equalto', 'backfill') | list -%}
    {%- do apply_steps(due) -%}
    {%- do exceptions.warn(
        'landing: ' ~ (unseen | length) ~ ' prefix(es) are not accounted for: a new copy job never sees objects that'
        ~ ' are older than it, and a build cannot list the bucket. Load them with: python -m orchestration prepare'
    ) if unseen -%}
    {%- for step in open -%}
        {%- set way_on = '; carry it out with: .venv/bin/python -m orchestration jobs apply '
            ~ ('--prune' if step.left_to == 'prune' else step.select) -%}
        {%- do exceptions.warn(
            'landing: ' ~ step.object ~ ': ' ~ step.action ~ ' (' ~ step.reason ~ ')'
            ~ ('' if step.left_to == 'people' else way_on)
        ) -%}
    {%- endfor -%}
    {%- do graph.update({'landing_open_steps': open}) -%}
{% endmacro %}

{#- A job that this user may not see cannot be compared. -#}
{% macro landing_open_steps() %}
    {%- set steps = [] if not execute
        else graph.landing_open_steps if graph.get('landing_ensured_by') == invocation_id else plan_of() -%}
    {{ return(steps | rejectattr('left_to', 'equalto', 'nobody') | rejectattr('action', 'equalto', 'invisible')) }}
{% endmacro %}
