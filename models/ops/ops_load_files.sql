{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['loaded_by', 'object_url'],
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

with loads as (

    {{ completed_loads() }}

),

jobs as (

    {{ job_tables() }}

),

-- Every object that a copy job has seen. DROP erases that, so it is saved before.
seen_by_job as (

    select
        job_id,
        job_name,
        object_url,
        status,
        etag,
        file_size,
        modified_at,
        enqueued_at
    from ({{ job_files() }}) as files
    union all
    select
        job_id,
        job_name,
        object_url,
        upper(left(status, 1)) as status,
        {{ plain_etag('file_etag') }} as etag,
        file_size,
        modified_at,
        enqueued_at
    from {{ source('bookkeeping', 'dropped_job_files') }}

),

by_job as (

    select
        'job ' || seen_by_job.job_name || ' ' || seen_by_job.job_id as loaded_by,
        seen_by_job.object_url,
        coalesce(jobs.table_name, loads.table_name) as table_name,
        case seen_by_job.status
            when 'I' then 'ingested'
            when 'P' then 'pending'
            when 'E' then 'error'
            else 'unknown'
        end as status,
        loads.query_id,
        loads.row_count,
        seen_by_job.etag as file_etag,
        seen_by_job.file_size,
        coalesce(loads.loaded_at, seen_by_job.enqueued_at) as status_at,
        seen_by_job.job_name,
        coalesce(jobs.table_schema, loads.table_schema) as table_schema,
        seen_by_job.modified_at,
        seen_by_job.enqueued_at,
        loads.started_at as load_started_at,
        loads.loaded_rows as load_row_count
    from seen_by_job
    left join jobs on seen_by_job.job_id = jobs.job_id
    left join loads
        on seen_by_job.job_id = loads.copy_job_id
        and {{ same_object(
            'seen_by_job.object_url', 'seen_by_job.etag', 'loads.object_name', 'loads.etag'
        ) }}

),

-- What plain COPYs loaded, and jobs that were dropped before anybody asked what they had seen.
by_copy as (

    select
        case loads.copy_job_id
            when 0 then 'query ' || loads.query_id
            else 'job ' || loads.job_name || ' ' || loads.copy_job_id
        end as loaded_by,
        loads.object_name as object_url,
        loads.table_name,
        'ingested' as status,
        loads.query_id,
        loads.row_count,
        loads.etag as file_etag,
        loads.file_size,
        loads.loaded_at as status_at,
        loads.job_name,
        loads.table_schema,
        loads.modified_at,
        cast(null as timestamp) as enqueued_at,
        loads.started_at as load_started_at,
        loads.loaded_rows as load_row_count
    from loads
    where loads.copy_job_id not in (select seen_by_job.job_id from seen_by_job)

)

select
    cast(seen.loaded_by as varchar(300)) as loaded_by,
    cast(seen.object_url as varchar(1300)) as object_url,
    cast(seen.table_name as varchar(127)) as table_name,
    cast(seen.status as varchar(10)) as status,
    cast(seen.query_id as bigint) as query_id,
    cast(seen.row_count as bigint) as row_count,
    cast(seen.file_etag as varchar(256)) as file_etag,
    cast(seen.file_size as bigint) as file_size,
    cast(seen.status_at as timestamp) as status_at,
    cast(seen.job_name as varchar(128)) as job_name,
    cast(seen.table_schema as varchar(127)) as table_schema,
    cast(seen.modified_at as timestamp) as modified_at,
    cast(seen.enqueued_at as timestamp) as enqueued_at,
    cast(seen.load_started_at as timestamp) as load_started_at,
    cast(seen.load_row_count as bigint) as load_row_count
from (
    select * from by_job
    union all
    select * from by_copy
) as seen
{%- if is_incremental() %}
left join {{ this }} as known
    on seen.loaded_by = known.loaded_by and seen.object_url = known.object_url
where known.status is null
    or known.status <> seen.status
    or (known.query_id is null and seen.query_id is not null)
{%- endif %}
