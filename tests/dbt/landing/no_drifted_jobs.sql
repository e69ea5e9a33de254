-- A job that this user may not see cannot be compared; the model says so.
select
    job_name,
    state,
    reason
from {{ ref('ops_copy_jobs') }}
where state not in (
    'invisible'
    {%- for state in settled_actions() %},
    '{{ state }}'
    {%- endfor %}
)
