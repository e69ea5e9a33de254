{#- Operations on copy jobs: dbt run-operation <name> [--args '{select: tpcds.item}']. `select` is a
    source, source.table or copy job, or a list of these; a name that matches nothing is an error. -#}

{#- Prints what apply_copy_jobs would do. Exit code 1 when there is a difference, for CI; with
    check: false only mistakes are errors. -#}
{% macro plan_copy_jobs(select=none, format='text', check=true) %}
    {%- set steps = plan_of(select) -%}
    {%- for step in steps -%}
        {%- do step.pop('job', none) -%}
    {%- endfor -%}
    {%- do print_rows(steps, ['action', 'kind', 'object', 'reason'], format) -%}
    {%- set open = steps | rejectattr('action', 'in', settled_actions()) | list -%}
    {%- if open and check -%}
        {%- do exceptions.raise_compiler_error(
            (open | length) ~ ' difference(s) between declaration and warehouse; carry them out with dbt'
            ~ ' run-operation apply_copy_jobs (check: false makes this no error)'
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- Carries the plan out. What is refused or invisible is left, does not stop the other jobs, and
    makes the operation fail at its end. `prune` drops jobs of ours that are no longer declared. -#}
{% macro apply_copy_jobs(select=none, prune=false) %}
    {%- set steps, counts, failed = plan_of(select), [], [] -%}
    {%- set left = settled_actions() + ['refused', 'invisible'] + ([] if prune else ['orphan']) -%}
    {%- do apply_steps(steps | rejectattr('action', 'in', left) | list) -%}
    {%- for action, group in steps | groupby('action') -%}
        {%- do counts.append((group | length) ~ ' ' ~ action) -%}
        {%- for step in group if action in ['refused', 'invisible'] -%}
            {%- do failed.append(step.object ~ ': ' ~ action ~ ': ' ~ step.reason) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do log('landing: ' ~ (counts | join(', ')), info=true) -%}
    {%- do exceptions.raise_compiler_error(failed | join('\n')) if failed -%}
{% endmacro %}

{#- Stops a job's automatic loads; it stays paused, whatever is declared, until resume_copy_job. -#}
{% macro pause_copy_job(select, reason=none) %}
    {%- for job in existing_jobs(select) -%}
        {%- do alter_auto(job.name, 'pause', reason, differs=job.actual.auto) -%}
        {%- do log(job.name ~ ': paused', info=true) -%}
    {%- endfor -%}
{% endmacro %}

{#- Starts a job's automatic loads again. -#}
{% macro resume_copy_job(select, reason=none) %}
    {%- for job in existing_jobs(select) -%}
        {%- do alter_auto(job.name, 'resume', reason, differs=not job.actual.auto) -%}
        {%- do log(job.name ~ ': resumed', info=true) -%}
    {%- endfor -%}
{% endmacro %}

{#- Has a paused job load what it has not loaded yet, once. Redshift refuses RUN while AUTO is on. -#}
{% macro run_copy_job(select) %}
    {%- set jobs = existing_jobs(select) -%}
    {%- for job in jobs if job.actual.auto -%}
        {%- do exceptions.raise_compiler_error(
            job.name ~ ': loads by itself, and Redshift refuses COPY JOB RUN meanwhile; pause it first:'
            ~ " dbt run-operation pause_copy_job --args '{select: " ~ job.name ~ "}'"
        ) -%}
    {%- endfor -%}
    {%- for job in jobs -%}
        {%- do run_query('COPY JOB RUN ' ~ job.name) -%}
        {%- do log(job.name ~ ': run', info=true) -%}
    {%- endfor -%}
    {%- do list_copy_jobs(select) -%}
{% endmacro %}

{#- Drops jobs. One that is still declared comes back with the next build: disable it in the YAML. -#}
{% macro drop_copy_job(select) %}
    {%- for job in existing_jobs(select) -%}
        {%- do drop_job(job.name, 'drop_copy_job') -%}
        {%- set comes_back = '; it is still declared, so the next build creates it again: set enabled: false' -%}
        {%- do log(job.name ~ ': dropped' ~ (comes_back if job.enabled else ''), info=true) -%}
    {%- endfor -%}
{% endmacro %}

{#- Drops and creates jobs so that their file tracking starts over: a key that was loaded, or failed,
    is new to them when it is delivered again. -#}
{% macro reset_copy_job(select, confirm=false) %}
    {%- set counts, lines = file_counts(), [] -%}
    {%- for job in existing_jobs(select) -%}
        {%- if confirm -%}
            {%- do retire_job(job.name, 'reset') -%}
            {%- do create_job(job, job.actual.auto, 'reset') -%}
            {%- do confirm_jobs([job_step(job, 'create', 'reset')]) -%}
            {%- do log(job.name ~ ': reset; its file tracking starts over', info=true) -%}
        {%- endif -%}
        {%- do lines.append(
            job.name ~ ': forgets ' ~ counts.get(job.actual.id, {}).get('ingested', 0) ~ ' file(s) that it has'
            ~ ' loaded; each loads a second time if it is delivered again under its key, and objects older than'
            ~ ' the new job are not seen by it'
        ) -%}
    {%- endfor -%}
    {%- do lines.append("To go on: --args '{select: …, confirm: true}'") -%}
    {%- do exceptions.raise_compiler_error(lines | join('\n')) if not confirm -%}
{% endmacro %}

{#- Loads exactly the objects that a manifest lists, with the options of one job. Loading them twice is
    up to the caller, because a plain COPY neither reads nor writes the job's history. -#}
{% macro copy_manifest(select, manifest_url) %}
    {%- do validate_landing() -%}
    {%- set jobs = declared_jobs(select) -%}
    {%- if jobs | length != 1 -%}
        {%- do exceptions.raise_compiler_error(
            'copy_manifest takes the options of one copy job; select names '
            ~ (jobs | map(attribute='name') | join(', '))
        ) -%}
    {%- endif -%}
    {%- do run_query(copy_sql(jobs[0].feed, jobs[0].job, manifest_url) ~ ' MANIFEST') -%}
    {%- do log('landing: ' ~ jobs[0].relation ~ ': loaded ' ~ manifest_url, info=true) -%}
{% endmacro %}

{#- The selected jobs that are in the warehouse, each with what the catalog says of it. -#}
{% macro existing_jobs(select) %}
    {%- do validate_landing() -%}
    {%- set actual, jobs = landing_catalog().jobs, [] -%}
    {%- for job in declared_jobs(select) -%}
        {%- if job.name not in actual -%}
            {%- do exceptions.raise_compiler_error(
                job.name ~ ': is declared, and not in the warehouse; create it with dbt run-operation'
                ~ ' apply_copy_jobs'
            ) -%}
        {%- endif -%}
        {%- do jobs.append(dict(job, actual=actual[job.name])) -%}
    {%- endfor -%}
    {{ return(jobs) }}
{% endmacro %}
