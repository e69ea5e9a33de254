{#- What is declared comes from the YAML, and what stands between it and the warehouse is for the
    plan to say: it is made when this model is compiled. -#}
{{ config(materialized='table') }}

-- depends_on: {{ source('bookkeeping', 'landing_log') }}
{%- set steps = (plan_of(none) if execute else []) | selectattr('kind', 'equalto', 'job') %}

with planned as (

    select
        cast('' as varchar(128)) as job_name,
        cast('' as varchar(127)) as table_schema,
        cast('' as varchar(127)) as table_name,
        cast('' as varchar(1300)) as object_prefix,
        false as is_declared,
        false as declared_auto,
        cast('' as varchar(20)) as state,
        cast('' as varchar(500)) as reason
    where 1 = 0
    {%- for step in steps %}
    union all
    select
        {{ quoted_text(step.object) }},
        {{ quoted_text(step.job.schema) if step.job else 'null' }},
        {{ quoted_text(step.job.table) if step.job else 'null' }},
        {{ quoted_text(step.job.url) if step.job else 'null' }},
        {{ 'true' if step.job else 'false' }},
        {{ ('true' if step.job.auto else 'false') if step.job else 'null' }},
        {{ quoted_text(step.action) }},
        {{ quoted_text(step.reason) }}
    {%- endfor %}

),

actual as (

    select
        job_id,
        trim(job_name) as job_name,
        is_auto
    from sys_copy_job

),

-- 0 is active, 1 pending
integrations as (

    select
        trim(job_name) as job_name,
        min(job_state) as job_state
    from svv_copy_job_integrations
    group by trim(job_name)

),

files as (

    select
        job_id,
        sum(case status when 'I' then 1 else 0 end) as ingested_files,
        sum(case status when 'P' then 1 else 0 end) as pending_files,
        sum(case status when 'E' then 1 else 0 end) as failed_files,
        max(enqueued_at) as last_enqueued_at
    from ({{ job_files() }}) as job_files
    group by job_id

)

select
    planned.job_name,
    planned.table_schema,
    planned.table_name,
    planned.object_prefix,
    planned.is_declared,
    planned.declared_auto,
    planned.state,
    planned.reason,
    cast(actual.job_id as bigint) as job_id,
    actual.is_auto = 1 as is_auto,
    cast(case integrations.job_state
        when 0 then 'active'
        when 1 then 'pending'
        else 'none'
    end as varchar(10)) as integration_state,
    coalesce(files.ingested_files, 0) as ingested_files,
    coalesce(files.pending_files, 0) as pending_files,
    coalesce(files.failed_files, 0) as failed_files,
    files.last_enqueued_at,
    cast(sysdate as timestamp) as checked_at
from planned
left join actual on planned.job_name = actual.job_name
left join integrations on planned.job_name = integrations.job_name
left join files on actual.job_id = files.job_id
