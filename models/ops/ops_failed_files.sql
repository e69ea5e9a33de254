with errors as (

    select
        object_url,
        line_number,
        column_name,
        error_meaning,
        error_message,
        row_number() over (
            partition by object_url order by failed_at desc, line_number asc, column_name asc
        ) as position
    from {{ ref('ops_load_failures') }}

)

select
    objects.job_name,
    objects.status,
    objects.object_url,
    objects.failed_at,
    errors.line_number,
    errors.column_name,
    errors.error_meaning,
    errors.error_message,
    objects.decided_by,
    objects.decision_reason
from {{ ref('ops_object_status') }} as objects
left join errors
    on left(objects.object_url, 256) = errors.object_url and errors.position = 1
where objects.status in ('failed', 'quarantined', 'waived')
