-- What backfill_copy_job would load, and what was replaced in S3 after it was loaded.
select
    job_name,
    object_url,
    status,
    modified_at
from {{ ref('ops_object_status') }}
where is_missed or (is_open and status = 'overwritten')
