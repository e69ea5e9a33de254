-- No column of a load's rows names the file. _loaded_at is the start of the load's transaction,
-- and the ledger has the start of the COPY: the load is the COPY into the table that loaded as many
-- rows. Of several such COPYs of a day, as many as there are loads, each is one load's, in their
-- order; else the one counts that began nearest to the load. All files of one COPY count: its rows
-- cannot be told apart.
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

numbered_loads as (

    select
        landed.*,
        row_number() over (
            partition by table_schema, feed, row_count, cast(loaded_at as date)
            order by loaded_at, run_date
        ) as load_number,
        count(*) over (
            partition by table_schema, feed, row_count, cast(loaded_at as date)
        ) as load_count
    from landed

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

numbered_files as (

    select
        files.*,
        dense_rank() over (
            partition by table_schema, table_name, load_row_count, cast(load_started_at as date)
            order by load_started_at, query_id
        ) as copy_number
    from files

),

counted_files as (

    select
        numbered_files.*,
        max(copy_number) over (
            partition by table_schema, table_name, load_row_count, cast(load_started_at as date)
        ) as copy_count
    from numbered_files

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
                case
                    when landed.load_count = files.copy_count
                        and landed.load_number = files.copy_number then 0
                    else 1
                end,
                abs(datediff(microsecond, landed.loaded_at, files.load_started_at)),
                files.query_id
        ) as nearness
    from numbered_loads as landed
    left join counted_files as files
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
