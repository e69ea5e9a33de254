{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['loaded_by', 'object_url'],
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

with loads as (

    select * from {{ ref('ops_loads') }}

),

job_files as (

    select * from {{ ref('ops_job_files') }}

),

by_job as (

    select
        'job ' || job_files.job_name || ' ' || job_files.job_id as loaded_by,
        job_files.object_url,
        job_files.table_name,
        job_files.status,
        loads.query_id,
        loads.row_count,
        job_files.etag as file_etag,
        job_files.file_size,
        coalesce(loads.loaded_at, job_files.enqueued_at) as status_at,
        job_files.job_name,
        job_files.table_schema,
        job_files.modified_at,
        job_files.enqueued_at,
        loads.started_at as load_started_at,
        loads.loaded_rows as load_row_count
    from job_files
    left join loads
        on job_files.job_id = loads.copy_job_id
        and {{ same_object(
            'job_files.object_url', 'job_files.etag', 'loads.object_url', 'loads.etag'
        ) }}

),

-- What plain COPYs loaded, and jobs that were dropped before anybody asked what they had seen.
by_copy as (

    select
        loads.loaded_by,
        loads.object_url,
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
    where loads.copy_job_id not in (select job_files.job_id from job_files)

),

seen as (

    select * from by_job
    union all
    select * from by_copy

)

select
    cast(seen.loaded_by as varchar(300)) as loaded_by,
    seen.object_url,
    seen.table_name,
    cast(seen.status as varchar(10)) as status,
    seen.query_id,
    seen.row_count,
    seen.file_etag,
    seen.file_size,
    seen.status_at,
    seen.job_name,
    seen.table_schema,
    seen.modified_at,
    seen.enqueued_at,
    seen.load_started_at,
    seen.load_row_count
from seen
{%- if is_incremental() %}
left join {{ this }} as known
    on seen.loaded_by = known.loaded_by and seen.object_url = known.object_url
where known.status is null
    or known.status <> seen.status
    or (known.query_id is null and seen.query_id is not null)
{%- endif %}
