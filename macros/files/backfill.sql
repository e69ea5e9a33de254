{% macro backfill_copy_job(select=none, from_date=none, to_date=none) %}
    {%- for name, date in {'from_date': from_date, 'to_date': to_date}.items()
        if date is not none and not modules.re.match('^\\d{4}-\\d{2}-\\d{2}$', date | string) -%}
        {%- do exceptions.raise_compiler_error(name ~ " is '" ~ date ~ "'; give a date as yyyy-mm-dd") -%}
    {%- endfor -%}
    {%- set condition = 'is_missed and backfill_date between ' ~ quoted_text(from_date or '') ~ ' and '
        ~ quoted_text(to_date or '9999-12-31') -%}
    {%- for job in working_jobs(select) -%}
        {%- set loaded = load_by_manifest(job, condition, 'backfill') -%}
        {%- do log(job.name ~ ': ' ~ (
            'loaded ' ~ loaded ~ ' object(s) into ' ~ job.relation if loaded else 'no object was missed'
        ), info=true) -%}
    {%- endfor -%}
{% endmacro %}

{#- What a job has loaded is known only while the catalog shows it: loading beside an invisible one would
    load twice. -#}
{% macro working_jobs(select) %}
    {%- do validate_landing() -%}
    {%- set visible = run_query(
        'select job_name from ' ~ built('ops_declared_jobs') ~ ' where job_id is not null'
    ).columns['job_name'].values() -%}
    {%- set jobs = enabled_jobs(select) -%}
    {%- for job in jobs if job.name not in visible -%}
        {%- do exceptions.raise_compiler_error(
            job.name ~ ': sys_copy_job does not show it, so what it has loaded is not known; create it with'
            ~ ' .venv/bin/python -m orchestration jobs apply ' ~ job.name ~ ', or work as the user that did; if it'
            ~ ' is there, dbt build --selector object_status'
        ) -%}
    {%- endfor -%}
    {{ return(jobs) }}
{% endmacro %}
