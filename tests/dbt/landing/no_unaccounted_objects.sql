-- What backfill_copy_job would load, and what was replaced in S3 after it was loaded.
-- depends_on: {{ ref('ops_load_files') }}, {{ source('bookkeeping', 's3_inventory') }}
with standings as (

    {{ object_standings() }}

)

select
    job_name,
    object_url,
    standing,
    modified_at
from standings
where is_owed or standing = 'overwritten'
