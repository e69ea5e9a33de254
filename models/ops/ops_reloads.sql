-- Which load brought which rows is not in the rows. Where a load that the load views or the ledger
-- of files know has no counterpart among the landed ones, the list of files may lack some.
with copies as (

    select
        table_schema,
        table_name,
        left(object_url, 256) as object_url,
        query_id
    from {{ ref('ops_loads') }}
    where loaded_rows > 0
    union
    select
        table_schema,
        table_name,
        left(object_url, 256) as object_url,
        query_id
    from {{ ref('ops_load_files') }}
    where status = 'ingested' and load_row_count > 0

),

objects as (

    select
        table_schema,
        table_name,
        object_url,
        count(query_id) as copy_count
    from copies
    group by table_schema, table_name, object_url

),

landed_files as (

    select distinct
        table_schema,
        feed as table_name,
        loaded_at,
        object_url
    from {{ ref('ops_landed_files') }}

),

loads as (

    select distinct
        table_schema,
        table_name,
        left(object_url, 256) as object_url,
        loaded_at
    from landed_files

),

counted_loads as (

    select
        loads.*,
        count(*) over (partition by table_schema, table_name, object_url) as load_count
    from loads

)

select
    cast(objects.table_schema as varchar(127)) as table_schema,
    cast(objects.table_name as varchar(127)) as table_name,
    cast(objects.object_url as varchar(256)) as object_url,
    coalesce(loads.load_count >= objects.copy_count, false) as is_complete,
    cast(loads.loaded_at as timestamp) as loaded_at,
    cast(files.object_url as varchar(1300)) as file_url
from objects
left join counted_loads as loads
    on objects.table_schema = loads.table_schema
    and objects.table_name = loads.table_name
    and objects.object_url = loads.object_url
left join landed_files as files
    on loads.table_schema = files.table_schema
    and loads.table_name = files.table_name
    and loads.loaded_at = files.loaded_at
