-- No column of a load's rows names the file. _loaded_at is the start of the load's transaction,
-- and the ledger has the start of the COPY: the load is the COPY into the table that loaded as many
-- rows and began nearest to it. All files of one COPY count: its rows cannot be told apart.
with feeds as (

    select distinct
        table_schema,
        table_name
    from {{ ref('ops_declared_jobs') }}

),

landed as (

    select
        feeds.table_schema,
        loads.feed,
        loads.loaded_at,
        loads.run_date,
        sum(loads.row_count) as row_count
    from {{ ref('landing_loads') }} as loads
    inner join feeds on loads.feed = feeds.table_name
    group by feeds.table_schema, loads.feed, loads.loaded_at, loads.run_date

),

files as (

    select distinct
        table_schema,
        table_name,
        query_id,
        object_url,
        row_count,
        load_started_at,
        load_row_count
    from {{ ref('ops_load_files') }}
    where status = 'ingested' and query_id is not null

),

matches as (

    select
        landed.table_schema,
        landed.feed,
        landed.loaded_at,
        landed.run_date,
        landed.row_count,
        files.object_url,
        files.row_count as file_row_count,
        rank() over (
            partition by landed.feed, landed.loaded_at, landed.run_date
            order by
                abs(datediff(microsecond, landed.loaded_at, files.load_started_at)),
                files.query_id
        ) as nearness
    from landed
    left join files
        on landed.table_schema = files.table_schema
        and landed.feed = files.table_name
        and landed.row_count = files.load_row_count
        and files.load_started_at > dateadd(hour, -1, landed.loaded_at)
        and files.load_started_at < dateadd(hour, 1, landed.loaded_at)

)

select
    cast(table_schema as varchar(127)) as table_schema,
    cast(feed as varchar(127)) as feed,
    cast(loaded_at as timestamp) as loaded_at,
    run_date,
    cast(row_count as bigint) as row_count,
    object_url,
    cast(file_row_count as bigint) as file_row_count
from matches
where nearness = 1
