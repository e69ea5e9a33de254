-- The catalog cuts the text of a job at 256 characters; the table comes first in it. The log has
-- the jobs that are gone.
with named as (

    select
        job_id,
        trim(job_name) as job_name,
        {{ copy_target('job_text') }} as target
    from {{ source('system', 'sys_copy_job') }}
    union all
    select
        job_id,
        object_name as job_name,
        json_extract_path_text(definition, 'table') as target
    from {{ source('bookkeeping', 'landing_log') }}
    where job_id is not null and definition is not null

),

jobs as (

    select
        job_id,
        max(job_name) as job_name,
        max({{ schema_of('target') }}) as table_schema,
        max(reverse(split_part(reverse(target), '.', 1))) as table_name
    from named
    group by job_id

),

feeds as (

    select distinct
        table_schema,
        table_name
    from {{ ref('ops_declared_jobs') }}

)

select
    cast(jobs.job_id as bigint) as job_id,
    cast(jobs.job_name as varchar(128)) as job_name,
    cast(jobs.table_schema as varchar(127)) as table_schema,
    cast(jobs.table_name as varchar(127)) as table_name
from jobs
inner join feeds
    on jobs.table_schema = feeds.table_schema and jobs.table_name = feeds.table_name
