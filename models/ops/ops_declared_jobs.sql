{#- The root of the ops models. The YAML is read when the model is compiled. -#}
{%- set jobs = declared_jobs() if execute else [] -%}
{%- set views_hash = ops_views_hash() if execute else '' %}
with declared as (

    select
        cast('' as varchar(128)) as job_name,
        cast('' as varchar(127)) as table_schema,
        cast('' as varchar(127)) as table_name,
        cast('' as varchar(63)) as bucket,
        cast('' as varchar(1024)) as prefix,
        cast('' as varchar(20)) as on_existing_files,
        cast('' as varchar(20)) as on_overwritten_files,
        false as is_enabled
    where 1 = 0
    {%- for job in jobs %}
    union all
    select
        {{ quoted_text(job.name) }},
        {{ quoted_text(job.schema) }},
        {{ quoted_text(job.table) }},
        {{ quoted_text(job.bucket) }},
        {{ quoted_text(job.prefix) }},
        {{ quoted_text(job.on_existing_files) }},
        {{ quoted_text(job.on_overwritten_files) }},
        {{ 'true' if job.enabled else 'false' }}
    {%- endfor %}

),

actual as (

    select
        trim(job_name) as job_name,
        max(job_id) as job_id,
        max(is_auto) as is_auto
    from {{ source('system', 'sys_copy_job') }}
    group by trim(job_name)

),

log_lines as (

    select
        object_name as job_name,
        action,
        logged_at,
        max(case when action in ('dropped', 'reset') then logged_at end)
            over (partition by object_name) as restarted_at
    from {{ source('bookkeeping', 'landing_log') }}

),

-- A replacement carries on where the job before it stopped; dropped on purpose or reset, a job
-- starts over.
births as (

    select
        job_name,
        min(case when action in ('creating', 'reset', 'adopted') then logged_at end)
            as watches_since,
        max(case when action in ('creating', 'reset') then logged_at end) as created_at
    from log_lines
    where restarted_at is null or logged_at >= restarted_at
    group by job_name

)

select
    cast(declared.job_name as varchar(128)) as job_name,
    cast(declared.table_schema as varchar(127)) as table_schema,
    cast(declared.table_name as varchar(127)) as table_name,
    cast(declared.bucket as varchar(63)) as bucket,
    cast(declared.prefix as varchar(1024)) as prefix,
    cast(declared.on_existing_files as varchar(20)) as on_existing_files,
    cast(declared.on_overwritten_files as varchar(20)) as on_overwritten_files,
    declared.is_enabled,
    cast(actual.job_id as bigint) as job_id,
    actual.is_auto = 1 as is_auto,
    cast(births.watches_since as timestamp) as watches_since,
    cast(births.created_at as timestamp) as created_at,
    cast('{{ views_hash }}' as varchar(32)) as built_from
from declared
left join actual on declared.job_name = actual.job_name
left join births on declared.job_name = births.job_name
