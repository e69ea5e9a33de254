-- One row per file, with the first error in it.
-- depends_on: {{ ref('ops_load_files') }}, {{ source('bookkeeping', 's3_inventory') }}
with standings as (

    {{ object_standings() }}

),

errors as (

    select
        object_url,
        line_number,
        column_name,
        error_meaning,
        error_message,
        row_number() over (
            partition by object_url order by failed_at desc, line_number asc, column_name asc
        ) as position
    from {{ ref('ops_load_errors') }}

)

select
    standings.job_name,
    standings.object_url,
    standings.failed_at,
    errors.line_number,
    errors.column_name,
    errors.error_meaning,
    errors.error_message
from standings
left join errors
    on left(standings.object_url, 256) = errors.object_url and errors.position = 1
where standings.standing = 'failed'
