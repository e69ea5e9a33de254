{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['loaded_by', 'object_url'],
    on_schema_change='fail',
) }}

with loads as (

    select
        detail.query_id,
        trim(detail.file_name) as object_url,
        max(trim(history.table_name)) as table_name,
        max(history.copy_job_id) as copy_job_id,
        sum(detail.lines_scanned) as row_count,
        max(trim(detail.file_etag)) as file_etag,
        max(detail.bytes_scanned) as file_size,
        max(detail.end_time) as loaded_at
    from sys_load_detail as detail
    inner join sys_load_history as history on detail.query_id = history.query_id
    where trim(history.status) = 'completed'
    group by detail.query_id, trim(detail.file_name)

),

-- Every object that a copy job has seen, with the load that took it in, if one has.
by_job as (

    select
        cast('job ' || trim(files.job_name) || ' ' || files.job_id as varchar(300)) as loaded_by,
        cast('s3://' || trim(files.file_location) || '/' || trim(files.file_name) as varchar(1300))
            as object_url,
        loads.table_name,
        -- SYS_COPY_JOB_DETAIL documents one letter and shows a word
        case left(files.status, 1)
            when 'I' then 'ingested'
            when 'P' then 'pending'
            when 'E' then 'error'
            else 'unknown'
        end as status,
        loads.query_id,
        loads.row_count,
        trim(files.file_etag) as file_etag,
        files.file_size,
        coalesce(loads.loaded_at, files.enqueue_time) as status_at
    from sys_copy_job_detail as files
    left join loads
        on files.job_id = loads.copy_job_id
        and 's3://' || trim(files.file_location) || '/' || trim(files.file_name) = loads.object_url

),

-- Objects that a plain COPY loaded.
by_copy as (

    select
        cast('query ' || query_id as varchar(300)) as loaded_by,
        cast(object_url as varchar(1300)) as object_url,
        table_name,
        'ingested' as status,
        query_id,
        row_count,
        file_etag,
        file_size,
        loaded_at as status_at
    from loads
    where copy_job_id = 0

)

select
    seen.loaded_by,
    seen.object_url,
    cast(seen.table_name as varchar(127)) as table_name,
    cast(seen.status as varchar(10)) as status,
    cast(seen.query_id as bigint) as query_id,
    cast(seen.row_count as bigint) as row_count,
    cast(seen.file_etag as varchar(256)) as file_etag,
    cast(seen.file_size as bigint) as file_size,
    seen.status_at
from (
    select * from by_job
    union all
    select * from by_copy
) as seen
{%- if is_incremental() %}
left join {{ this }} as known
    on seen.loaded_by = known.loaded_by and seen.object_url = known.object_url
where known.status is null or known.status <> seen.status
{%- endif %}
