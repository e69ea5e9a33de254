-- The view documents one letter as the status and shows a word in a sample.
with live as (

    select
        job_id,
        trim(job_name) as job_name,
        trim(file_location) as bucket,
        trim(file_name) as object_key,
        's3://' || trim(file_location) || '/' || trim(file_name) as object_url,
        upper(left(status, 1)) as status,
        {{ plain_etag('file_etag') }} as etag,
        file_size,
        modification_time as modified_at,
        enqueue_time as enqueued_at,
        false as is_dropped,
        row_number() over (
            partition by job_id, trim(file_location), trim(file_name)
            order by enqueue_time desc
        ) as recency
    from {{ source('system', 'sys_copy_job_detail') }}

),

-- DROP erases what a job has seen, so it is saved before.
seen as (

    select
        job_id,
        job_name,
        bucket,
        object_key,
        object_url,
        status,
        etag,
        file_size,
        modified_at,
        enqueued_at,
        is_dropped
    from live
    where recency = 1
    union all
    select
        job_id,
        job_name,
        split_part(object_url, '/', 3) as bucket,
        substring(object_url, len(split_part(object_url, '/', 3)) + 7) as object_key,
        object_url,
        upper(left(status, 1)) as status,
        {{ plain_etag('file_etag') }} as etag,
        file_size,
        modified_at,
        enqueued_at,
        true as is_dropped
    from {{ source('bookkeeping', 'dropped_job_files') }}

)

select
    cast(seen.job_id as bigint) as job_id,
    cast(seen.job_name as varchar(128)) as job_name,
    cast(coalesce(jobs.table_schema, declared.table_schema) as varchar(127)) as table_schema,
    cast(coalesce(jobs.table_name, declared.table_name) as varchar(127)) as table_name,
    cast(seen.bucket as varchar(63)) as bucket,
    cast(seen.object_key as varchar(1024)) as object_key,
    cast(seen.object_url as varchar(1300)) as object_url,
    cast(case seen.status
        when 'I' then 'ingested'
        when 'P' then 'pending'
        when 'E' then 'error'
        else 'unknown'
    end as varchar(10)) as status,
    cast(seen.etag as varchar(256)) as etag,
    cast(seen.file_size as bigint) as file_size,
    cast(seen.modified_at as timestamp) as modified_at,
    cast(seen.enqueued_at as timestamp) as enqueued_at,
    seen.is_dropped
from seen
left join {{ ref('ops_known_jobs') }} as jobs on seen.job_id = jobs.job_id
left join {{ ref('ops_declared_jobs') }} as declared
    on seen.job_name = declared.job_name and seen.is_dropped
where jobs.job_id is not null or declared.job_name is not null
