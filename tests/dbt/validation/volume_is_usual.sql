-- The run's date has about as many sales as the same weekday had in the weeks before: within var
-- volume_tolerance of their average, once there are var volume_weeks_needed of them.
{{ config(severity='warn') }}

with days as (

    select
        sold_date,
        count(*) as sales
    from {{ ref('fct_store_sales') }}
    where
        sold_date between dateadd(day, -56, {{ run_date() }}) and {{ run_date() }}
        and mod(datediff(day, sold_date, {{ run_date() }}), 7) = 0
    group by sold_date

),

compared as (

    select
        coalesce(max(case when sold_date = {{ run_date() }} then sales end), 0) as sales,
        avg(case when sold_date < {{ run_date() }} then cast(sales as float) end) as usual_sales,
        count(case when sold_date < {{ run_date() }} then 1 end) as weeks
    from days

)

select
    sales,
    usual_sales,
    weeks
from compared
where
    weeks >= {{ var('volume_weeks_needed') }}
    and abs(sales - usual_sales) > {{ var('volume_tolerance') }} * usual_sales
