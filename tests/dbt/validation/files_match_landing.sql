-- What the loads took from the files is what landed, feed by feed. Loads go on during a run, so
-- both sides have a margin: the batch holds at least what had been loaded a minute before it was
-- taken, and no more than the ledger knows by now.
with feeds as (

    select distinct
        table_schema,
        table_name
    from {{ ref('ops_declared_jobs') }}

),

taken as (

    select max(batch_at) as taken_at
    from {{ ref('landing_loads') }}

),

landed as (

    select
        feed,
        sum(row_count) as landed_rows
    from {{ ref('landing_loads') }}
    group by feed

),

-- One COPY may load many files; it says how many rows of all of them.
loads as (

    select
        files.table_name as feed,
        files.query_id,
        coalesce(max(files.load_row_count), sum(files.row_count)) as row_count,
        max(files.status_at) as loaded_at
    from {{ ref('ops_load_files') }} as files
    inner join feeds
        on files.table_schema = feeds.table_schema and files.table_name = feeds.table_name
    where files.status = 'ingested'
    group by files.table_name, files.query_id

),

files as (

    select
        loads.feed,
        sum(loads.row_count) as file_rows,
        sum(
            case
                when loads.loaded_at < dateadd(second, -60, taken.taken_at) then loads.row_count
                else 0
            end
        ) as settled_file_rows
    from loads
    cross join taken
    group by loads.feed

)

-- A feed into which no file was ever loaded, as in an analyst's copy, has nothing to compare.
select
    files.feed,
    landed.landed_rows,
    files.file_rows,
    files.settled_file_rows
from files
left join landed on files.feed = landed.feed
where
    coalesce(landed.landed_rows, 0) < files.settled_file_rows
    or coalesce(landed.landed_rows, 0) > files.file_rows
