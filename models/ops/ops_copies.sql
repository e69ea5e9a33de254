-- SYS_LOAD_HISTORY names the table without its schema, and a colleague's copy of a landing table
-- has the same name. The schema comes from the text of the statement: of the job for an auto-copy
-- load, of the query for a plain COPY. What does not say its schema is not taken for ours.
with feeds as (

    select distinct
        table_schema,
        table_name
    from {{ ref('ops_declared_jobs') }}

),

copies as (

    select
        history.query_id,
        trim(history.status) as status,
        coalesce(history.copy_job_id, 0) as copy_job_id,
        jobs.job_name,
        case
            when coalesce(history.copy_job_id, 0) <> 0 then jobs.table_schema
            else {{ schema_of(copy_target('statements.query_text')) }}
        end as table_schema,
        trim(history.table_name) as table_name,
        history.start_time as started_at,
        history.loaded_rows
    from {{ source('system', 'sys_load_history') }} as history
    left join {{ ref('ops_known_jobs') }} as jobs on history.copy_job_id = jobs.job_id
    left join {{ source('system', 'sys_query_history') }} as statements
        on history.query_id = statements.query_id

)

select
    cast(copies.query_id as bigint) as query_id,
    cast(copies.status as varchar(20)) as status,
    cast(copies.copy_job_id as bigint) as copy_job_id,
    cast(copies.job_name as varchar(128)) as job_name,
    cast(copies.table_schema as varchar(127)) as table_schema,
    cast(copies.table_name as varchar(127)) as table_name,
    cast(copies.started_at as timestamp) as started_at,
    cast(copies.loaded_rows as bigint) as loaded_rows
from copies
inner join feeds
    on copies.table_schema = feeds.table_schema and copies.table_name = feeds.table_name
