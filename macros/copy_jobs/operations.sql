{#- Operations: dbt run-operation <name> [--args '{select: tpcds.item}']. `select` is a source, source.table
    or copy job, or a list of these; a name that matches nothing is an error. -#}

{% macro plan_copy_jobs(select=none, format='text', check=true) %}
    {%- set steps = plan_of(select) -%}
    {%- for step in steps -%}
        {%- do step.pop('job', none) -%}
    {%- endfor -%}
    {%- do print_rows(steps, ['action', 'kind', 'object', 'reason'], format) -%}
    {%- set open = steps | rejectattr('left_to', 'equalto', 'nobody') | list -%}
    {%- do exceptions.raise_compiler_error(
        (open | length) ~ ' difference(s) between declaration and warehouse; carry them out with'
        ~ ' .venv/bin/python -m orchestration jobs apply'
    ) if open and check -%}
{% endmacro %}

{% macro apply_copy_jobs(select=none, prune=false) %}
    {%- set steps, counts, failed = plan_of(select), [], [] -%}
    {%- do apply_steps(steps | selectattr('left_to', 'in', ['build', 'apply', 'prune' if prune]) | list) -%}
    {%- for action, group in steps | groupby('action') -%}
        {%- do counts.append((group | length) ~ ' ' ~ action) -%}
    {%- endfor -%}
    {%- for step in steps if step.left_to == 'people' -%}
        {%- do failed.append(step.object ~ ': ' ~ step.action ~ ': ' ~ step.reason) -%}
    {%- endfor -%}
    {%- do log('landing: ' ~ (counts | join(', ')), info=true) -%}
    {%- do exceptions.raise_compiler_error(failed | join('\n')) if failed -%}
{% endmacro %}

{% macro pause_copy_job(select, reason='') %}
    {%- do apply_steps(steps_of_existing(select, 'pause', reason)) -%}
{% endmacro %}

{% macro resume_copy_job(select, reason='') %}
    {%- do apply_steps(steps_of_existing(select, 'resume', reason)) -%}
{% endmacro %}

{% macro run_copy_job(select) %}
    {%- set steps = steps_of_existing(select, 'run') -%}
    {%- for step in steps if step.actual.auto -%}
        {%- do exceptions.raise_compiler_error(
            step.object ~ ': loads by itself, and Redshift refuses COPY JOB RUN meanwhile; pause it first:'
            ~ ' .venv/bin/python -m orchestration jobs pause ' ~ step.object
        ) -%}
    {%- endfor -%}
    {%- do apply_steps(steps) -%}
    {%- do list_copy_jobs(select) -%}
{% endmacro %}

{% macro drop_copy_job(select) %}
    {%- set reason = 'if it stays declared, the next build creates it again: set enabled: false' -%}
    {%- do apply_steps(steps_of_existing(select, 'drop', reason)) -%}
{% endmacro %}

{% macro reset_copy_job(select, confirm=false) %}
    {%- set steps, jobs = steps_of_existing(select, 'reset', 'its file tracking starts over'), jobs_there() -%}
    {%- set lines = [] -%}
    {%- for step in steps -%}
        {%- do lines.append(
            step.object ~ ': forgets ' ~ jobs[step.object].ingested ~ ' file(s) that it has loaded; each loads a'
            ~ ' second time if it is delivered again under its key, and objects older than the new job are not seen'
            ~ ' by it'
        ) -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        (lines + ["To go on: --args '{select: …, confirm: true}'"]) | join('\n')
    ) if not confirm -%}
    {%- do apply_steps(steps) -%}
{% endmacro %}

{% macro steps_of_existing(select, action, reason='') %}
    {%- do validate_landing() -%}
    {%- set jobs, steps = landing_catalog().jobs, [] -%}
    {%- for job in declared_jobs(select) -%}
        {%- set actual = jobs.get(job.name) -%}
        {%- do exceptions.raise_compiler_error(
            job.name ~ ': is declared, and not in the warehouse; create it with .venv/bin/python -m orchestration'
            ~ ' jobs apply ' ~ job.name
        ) if not actual -%}
        {%- do steps.append(job_step(job.name, action, reason, job=job, actual=actual, auto=actual.auto)) -%}
    {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}
