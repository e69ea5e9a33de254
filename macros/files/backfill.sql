{#- dbt run-operation backfill_copy_job --args '{select: job_item, from_date: 2000-10-01}'

    Loads exactly the objects that the selected jobs have missed (ops_object_status: is_missed), each
    once. The date of an object is the first yyyy-mm-dd in its key, else the day it was modified (UTC);
    both bounds are inclusive. One transaction a job: one that fails is rolled back, the jobs before it
    stay loaded, and the bad file counts as failed from then on. The objects are those of the last
    `python -m orchestration inventory`. -#}
{% macro backfill_copy_job(select=none, from_date=none, to_date=none) %}
    {%- set condition = 'is_missed' ~ date_bounds(from_date, to_date) -%}
    {%- for job in working_jobs(select) -%}
        {%- set loaded = load_by_manifest(job, condition, 'backfill', none, none) -%}
        {%- do log(job.name ~ ': ' ~ (
            'loaded ' ~ loaded ~ ' object(s) into ' ~ job.relation if loaded else 'no object was missed'
        ), info=true) -%}
    {%- endfor -%}
{% endmacro %}

{% macro date_bounds(from_date, to_date) -%}
    {%- for name, bound, comparison in [('from_date', from_date, '>='), ('to_date', to_date, '<=')]
        if bound is not none -%}
        {%- if not modules.re.match('^\\d{4}-\\d{2}-\\d{2}$', bound | string) -%}
            {%- do exceptions.raise_compiler_error(
                name ~ " is '" ~ bound ~ "'; give a date as yyyy-mm-dd"
            ) -%}
        {%- endif -%}
        {{ " and coalesce(nullif(object_date, ''), to_char(modified_at, 'YYYY-MM-DD')) " ~ comparison
            ~ ' ' ~ quoted_text(bound) }}
    {%- endfor -%}
{%- endmacro %}

{#- The selected jobs that are enabled, if the catalog shows all of them: what a job has loaded is
    known only while it does, and loading beside a job that is invisible would load twice. -#}
{% macro working_jobs(select) %}
    {%- do validate_landing() -%}
    {%- set visible = run_query(
        'select job_name from ' ~ built('ops_declared_jobs') ~ ' where job_id is not null'
    ).columns['job_name'].values() -%}
    {%- set jobs = declared_jobs(select) | selectattr('enabled') | list -%}
    {%- for job in jobs if job.name not in visible -%}
        {%- do exceptions.raise_compiler_error(
            job.name ~ ': sys_copy_job does not show it, so what it has loaded is not known; create it'
            ~ ' with dbt run-operation apply_copy_jobs, or work as the user that did; if it is there,'
            ~ ' dbt build --selector object_status'
        ) -%}
    {%- endfor -%}
    {{ return(jobs) }}
{% endmacro %}
