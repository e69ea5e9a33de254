{#- The one decision that reconcile_copy_jobs, backfill_copy_job, the operations on failed files,
    the dbt tests and the flow's ingestion gate share. Every word about an object holds for one
    version of it, told apart by its ETag. -#}
{%- set grace = var('event_grace_seconds') | int %}
with jobs as (

    select * from {{ ref('ops_declared_jobs') }}
    where is_enabled

),

job_files as (

    select * from {{ ref('ops_job_files') }}

),

inventory as (

    select
        bucket,
        object_key,
        size,
        {{ plain_etag('etag') }} as etag,
        modified_at,
        listed_at
    from {{ source('bookkeeping', 's3_inventory') }}
    -- a key that ends with a slash is a folder that a console shows
    where right(object_key, 1) <> '/'

),

listings as (

    select
        bucket,
        max(listed_at) as listed_at
    from inventory
    group by bucket

),

listed_objects as (

    select
        jobs.job_name,
        inventory.bucket,
        inventory.object_key,
        inventory.size,
        inventory.etag,
        inventory.modified_at,
        inventory.listed_at,
        job_files.status as job_status
    from inventory
    inner join jobs
        on inventory.bucket = jobs.bucket
        and left(inventory.object_key, len(jobs.prefix)) = jobs.prefix
    left join job_files
        on jobs.job_name = job_files.job_name
        and inventory.bucket = job_files.bucket
        and inventory.object_key = job_files.object_key
        and not job_files.is_dropped

),

-- What the jobs have noticed since the bucket was listed.
newer_objects as (

    select
        jobs.job_name,
        job_files.bucket,
        job_files.object_key,
        job_files.file_size as size,
        job_files.etag,
        job_files.modified_at,
        cast(null as timestamp) as listed_at,
        job_files.status as job_status
    from job_files
    inner join jobs on job_files.job_name = jobs.job_name
    left join inventory
        on job_files.bucket = inventory.bucket and job_files.object_key = inventory.object_key
    left join listings on job_files.bucket = listings.bucket
    where not job_files.is_dropped
        and inventory.object_key is null
        and (listings.listed_at is null or job_files.enqueued_at > listings.listed_at)

),

objects as (

    select
        jobs.job_name,
        jobs.table_schema,
        jobs.table_name,
        jobs.on_existing_files,
        jobs.on_overwritten_files,
        jobs.is_auto,
        jobs.watches_since,
        found.bucket,
        found.object_key,
        's3://' || found.bucket || '/' || found.object_key as object_url,
        found.size,
        found.etag,
        found.modified_at,
        found.listed_at,
        found.job_status,
        -- S3 dates objects in whole seconds, so a second lies between "before" and "after"
        coalesce(found.modified_at < dateadd(second, -1, jobs.created_at), false)
            as is_out_of_sight,
        coalesce(found.modified_at < dateadd(second, -{{ grace }}, found.listed_at), false)
            as is_past_grace
    from (
        select * from listed_objects
        union all
        select * from newer_objects
    ) as found
    inner join jobs on found.job_name = jobs.job_name

),

-- All that says that an object went into a table. No ETag means: as it was at known_at.
loads as (

    select
        table_schema,
        table_name,
        object_url,
        etag,
        case when not is_dropped then job_name end as own_job,
        'job ' || job_name || ' ' || job_id as loaded_by,
        cast(null as timestamp) as loaded_at,
        enqueued_at as known_at
    from job_files
    where status = 'ingested'
    union all
    select
        table_schema,
        table_name,
        object_url,
        etag,
        null as own_job,
        loaded_by,
        loaded_at,
        loaded_at as known_at
    from {{ ref('ops_loads') }}
    union all
    -- written in the transaction that loaded it
    select
        jobs.table_schema,
        jobs.table_name,
        decisions.object_url,
        decisions.etag,
        null as own_job,
        decisions.decision || ' by ' || decisions.decided_by as loaded_by,
        decisions.decided_at as loaded_at,
        decisions.decided_at as known_at
    from {{ source('bookkeeping', 'file_decisions') }} as decisions
    inner join jobs on decisions.job_name = jobs.job_name
    where decisions.decision in ('retry', 'backfill')
    union all
    -- the system views forget
    select
        table_schema,
        table_name,
        object_url,
        file_etag as etag,
        null as own_job,
        loaded_by,
        status_at as loaded_at,
        status_at as known_at
    from {{ ref('ops_load_files') }}
    where status = 'ingested'

),

versions as (

    select
        objects.job_name,
        objects.object_url,
        loads.own_job,
        loads.loaded_by,
        loads.loaded_at,
        loads.etag as loaded_etag,
        loads.known_at,
        case
            when objects.etag is null or loads.etag = objects.etag then 1
            when loads.etag is null and objects.modified_at <= loads.known_at then 1
            else 0
        end as is_current
    from objects
    inner join loads
        on objects.table_schema = loads.table_schema
        and objects.table_name = loads.table_name
        and {{ same_object(
            'objects.object_url', 'objects.etag', 'loads.object_url', 'loads.etag'
        ) }}

),

ranked_versions as (

    select
        versions.*,
        max(loaded_at) over (partition by job_name, object_url, is_current) as last_loaded_at,
        row_number() over (
            partition by job_name, object_url
            order by
                is_current desc,
                case when own_job = job_name then 0 else 1 end asc,
                known_at desc,
                loaded_by asc
        ) as recency
    from versions

),

-- A plain COPY that failed says nothing about what S3 has received under the key since.
failures as (

    select
        job_name,
        table_schema,
        table_name,
        object_url,
        etag,
        enqueued_at as failed_at
    from job_files
    where status = 'error'
    union all
    select
        null as job_name,
        table_schema,
        table_name,
        object_url,
        null as etag,
        failed_at
    from {{ ref('ops_load_failures') }}
    where copy_job_id = 0

),

failed as (

    select
        objects.job_name,
        objects.object_url,
        max(failures.failed_at) as failed_at
    from objects
    inner join failures
        on objects.table_schema = failures.table_schema
        and objects.table_name = failures.table_name
        and (failures.job_name is null or objects.job_name = failures.job_name)
        and {{ same_object(
            'objects.object_url', 'objects.etag', 'failures.object_url', 'failures.etag'
        ) }}
    where failures.job_name is not null or failures.failed_at >= objects.modified_at
    group by objects.job_name, objects.object_url

),

decisions as (

    select
        objects.job_name,
        objects.object_url,
        decisions.decision,
        decisions.decided_by,
        decisions.reason,
        row_number() over (
            partition by objects.job_name, objects.object_url order by decisions.decided_at desc
        ) as recency
    from objects
    inner join {{ source('bookkeeping', 'file_decisions') }} as decisions
        on objects.job_name = decisions.job_name and objects.object_url = decisions.object_url
    where objects.etag = decisions.etag
        or (decisions.etag is null and objects.modified_at <= decisions.decided_at)

),

judged as (

    select
        objects.*,
        versions.loaded_by,
        versions.last_loaded_at as loaded_at,
        versions.loaded_etag,
        failed.failed_at,
        decisions.decision,
        decisions.decided_by,
        decisions.reason as decision_reason,
        case
            when versions.is_current = 1 and versions.own_job = objects.job_name then 'ingested'
            when versions.is_current = 1 then 'loaded'
            when decisions.decision = 'quarantine' then 'quarantined'
            when decisions.decision = 'waive' then 'waived'
            when versions.is_current = 0 then 'overwritten'
            when objects.job_status = 'error' then 'failed'
            when objects.job_status is not null then 'pending'
            when failed.failed_at is not null then 'failed'
            when objects.watches_since is null or objects.modified_at < objects.watches_since
                then 'older'
            when not objects.is_auto and not objects.is_out_of_sight then 'pending'
            else 'unseen'
        end as status
    from objects
    left join ranked_versions as versions
        on objects.job_name = versions.job_name
        and objects.object_url = versions.object_url
        and versions.recency = 1
    left join failed
        on objects.job_name = failed.job_name and objects.object_url = failed.object_url
    left join decisions
        on objects.job_name = decisions.job_name
        and objects.object_url = decisions.object_url
        and decisions.recency = 1

),

placed as (

    select
        judged.*,
        status in ('failed', 'pending', 'unseen')
        or (status = 'older' and on_existing_files = 'backfill')
        or (status = 'overwritten' and on_overwritten_files <> 'ignore') as is_open,
        (
            (is_out_of_sight or is_past_grace)
            and (status = 'unseen' or (status = 'older' and on_existing_files = 'backfill'))
        )
        or (status = 'overwritten' and on_overwritten_files = 'load') as is_missed,
        coalesce(regexp_substr(object_key, '[0-9]{4}-[0-9]{2}-[0-9]{2}'), '') as object_date,
        case
            when status in ('ingested', 'loaded')
                then
                    'its rows are in the table, from ' || loaded_by || '; if it was replaced in S3'
                    || ' since then, list the bucket: python -m orchestration files list'
            when status = 'pending'
                then 'its job loads it; jobs run or jobs resume if the job is paused'
            when status = 'unseen'
                then 'its job may yet load it; files backfill does once that is certain'
        end as why_not_by_hand
    from judged

)

select
    job_name,
    table_schema,
    table_name,
    cast(object_url as varchar(1300)) as object_url,
    cast(bucket as varchar(63)) as bucket,
    cast(object_key as varchar(1024)) as object_key,
    cast(object_date as varchar(10)) as object_date,
    cast(coalesce(nullif(object_date, ''), to_char(modified_at, 'YYYY-MM-DD'), '') as varchar(10))
        as backfill_date,
    cast(size as bigint) as size,
    cast(etag as varchar(256)) as etag,
    cast(modified_at as timestamp) as modified_at,
    cast(listed_at as timestamp) as listed_at,
    cast(status as varchar(20)) as status,
    is_open,
    is_missed,
    cast(case
        when is_missed then 'files backfill'
        when not is_open then null
        when status = 'failed'
            then 'files list; then files retry, files quarantine or files waive'
        when status = 'overwritten' then 'files retry loads it too; files waive leaves it'
        when status = 'pending' then why_not_by_hand
        when status = 'unseen' then 'its job may yet notice it; then files backfill'
        when status = 'older' then 'list the bucket again; then files backfill'
    end as varchar(100)) as next_step,
    cast('cannot be retried, it is ' || status || ': ' || why_not_by_hand as varchar(600))
        as retry_refusal,
    cast(case
        when status in ('ingested', 'loaded')
            then 'cannot be set aside, it is ' || status || ': ' || why_not_by_hand
    end as varchar(600)) as set_aside_refusal,
    cast(loaded_by as varchar(300)) as loaded_by,
    cast(loaded_at as timestamp) as loaded_at,
    cast(loaded_etag as varchar(256)) as loaded_etag,
    cast(failed_at as timestamp) as failed_at,
    cast(decision as varchar(20)) as decision,
    cast(decided_by as varchar(128)) as decided_by,
    cast(decision_reason as varchar(1000)) as decision_reason
from placed
