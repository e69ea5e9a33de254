-- One row per file, with the first error in it.
select
    job_name,
    object_url,
    failed_at,
    line_number,
    column_name,
    error_meaning,
    error_message
from {{ ref('ops_failed_files') }}
where status = 'failed'
