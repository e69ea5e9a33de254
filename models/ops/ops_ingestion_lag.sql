with objects as (

    select
        job_name,
        table_schema,
        table_name,
        count(*) as objects,
        sum(case when is_open then 1 else 0 end) as open_objects,
        sum(case when is_missed then 1 else 0 end) as missed_objects,
        sum(case status when 'failed' then 1 else 0 end) as failed_objects,
        min(case when is_open then modified_at end) as oldest_open_at,
        max(listed_at) as listed_at
    from {{ ref('ops_object_status') }}
    group by job_name, table_schema, table_name

),

loads as (

    select
        job_name,
        table_schema,
        table_name,
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
    group by job_name, table_schema, table_name

)

select
    objects.job_name,
    objects.table_schema,
    objects.table_name,
    cast(objects.objects as bigint) as objects,
    cast(objects.open_objects as bigint) as open_objects,
    cast(objects.missed_objects as bigint) as missed_objects,
    cast(objects.failed_objects as bigint) as failed_objects,
    cast(objects.oldest_open_at as timestamp) as oldest_open_at,
    cast(datediff(second, objects.oldest_open_at, sysdate) as bigint) as open_seconds,
    cast(loads.last_loaded_at as timestamp) as last_loaded_at,
    cast(coalesce(loads.recent_files, 0) as bigint) as recent_files,
    cast(loads.mean_seconds as double precision) as mean_seconds,
    cast(loads.longest_seconds as bigint) as longest_seconds,
    cast(objects.listed_at as timestamp) as listed_at
from objects
left join loads
    on objects.job_name = loads.job_name
    and objects.table_schema = loads.table_schema
    and objects.table_name = loads.table_name
