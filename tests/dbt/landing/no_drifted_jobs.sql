-- What a build leaves to apply_copy_jobs; its pre-hook names the command for each in a warning.
-- depends_on: {{ ref('landing_loads') }}
{{ config(severity='warn') }}

with differences as (

    select
        cast('' as varchar(300)) as name,
        cast('' as varchar(20)) as step,
        cast('' as varchar(2000)) as reason
    where 1 = 0
    {%- for step in landing_open_steps() %}
    union all
    select
        {{ quoted_text(step.object) }},
        {{ quoted_text(step.action) }},
        {{ quoted_text(step.reason) }}
    {%- endfor %}

)

select * from differences
