{#- What is declared comes from the YAML, and what stands between it and the warehouse is for the
    plan to say: it is made when this model is compiled. -#}
{{ config(materialized='table') }}

-- depends_on: {{ ref('ops_declared_jobs') }}, {{ source('bookkeeping', 'landing_log') }}
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
    from {{ source('system', 'sys_copy_job') }}

),

-- 0 is active, 1 pending
integrations as (

    select
        trim(job_name) as job_name,
        min(job_state) as job_state
    from {{ source('system', 'svv_copy_job_integrations') }}
    group by trim(job_name)

),

files as (

    select
        job_id,
        sum(case status when 'ingested' then 1 else 0 end) as ingested_files,
        sum(case status when 'pending' then 1 else 0 end) as pending_files,
        sum(case status when 'error' then 1 else 0 end) as failed_files,
        max(enqueued_at) as last_enqueued_at
    from {{ ref('ops_job_files') }}
    where not is_dropped
    group by job_id

)

select
    cast(planned.job_name as varchar(128)) as job_name,
    cast(planned.table_schema as varchar(127)) as table_schema,
    cast(planned.table_name as varchar(127)) as table_name,
    cast(planned.object_prefix as varchar(1300)) as object_prefix,
    planned.is_declared,
    planned.declared_auto,
    cast(planned.state as varchar(20)) as state,
    cast(planned.reason as varchar(500)) as reason,
    cast(actual.job_id as bigint) as job_id,
    actual.is_auto = 1 as is_auto,
    cast(case integrations.job_state
        when 0 then 'active'
        when 1 then 'pending'
        else 'none'
    end as varchar(10)) as integration_state,
    cast(coalesce(files.ingested_files, 0) as bigint) as ingested_files,
    cast(coalesce(files.pending_files, 0) as bigint) as pending_files,
    cast(coalesce(files.failed_files, 0) as bigint) as failed_files,
    cast(files.last_enqueued_at as timestamp) as last_enqueued_at,
    cast(sysdate as timestamp) as checked_at
from planned
left join actual on planned.job_name = actual.job_name
left join integrations on planned.job_name = integrations.job_name
left join files on actual.job_id = files.job_id
