{{ config(materialized='table') }}

-- depends_on: {{ source('bookkeeping', 's3_inventory') }}

with standings as (

    {{ object_standings() }}

),

objects as (

    select
        job_name,
        table_schema,
        table_name,
        count(*) as objects,
        sum(case when is_open then 1 else 0 end) as open_objects,
        sum(case when is_owed then 1 else 0 end) as owed_objects,
        sum(case standing when 'failed' then 1 else 0 end) as failed_objects,
        min(case when is_open then modified_at end) as oldest_open_at,
        max(listed_at) as listed_at
    from standings
    group by job_name, table_schema, table_name

),

loads as (

    select
        job_name,
        max(status_at) as last_loaded_at,
        sum(case when status_at >= dateadd(day, -7, sysdate) then 1 else 0 end) as recent_files,
        avg(case
            when status_at >= dateadd(day, -7, sysdate)
                then cast(greatest(datediff(second, modified_at, status_at), 0) as double precision)
        end) as mean_seconds,
        max(case
            when status_at >= dateadd(day, -7, sysdate)
                then greatest(datediff(second, modified_at, status_at), 0)
        end) as longest_seconds
    from {{ ref('ops_load_files') }}
    where status = 'ingested' and enqueued_at is not null
    group by job_name

)

select
    objects.job_name,
    objects.table_schema,
    objects.table_name,
    objects.objects,
    objects.open_objects,
    objects.owed_objects,
    objects.failed_objects,
    objects.oldest_open_at,
    datediff(second, objects.oldest_open_at, sysdate) as open_seconds,
    loads.last_loaded_at,
    coalesce(loads.recent_files, 0) as recent_files,
    loads.mean_seconds,
    loads.longest_seconds,
    objects.listed_at
from objects
left join loads on objects.job_name = loads.job_name
