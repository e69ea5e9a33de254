-- Of the sales of the run's date that name a member, no more than var unresolved_tolerance may name
-- one that has not arrived. They keep key -1 until it does.
{{ config(severity='warn') }}

with sales as (

    select * from {{ ref('fct_store_sales') }}
    where sold_date = {{ run_date() }}

),

counted as (

    {% for each in sales_dimensions() if each.is_dated %}
    select
        '{{ each.key }}' as key_name,
        count(*) as sales,
        coalesce(sum(case when {{ each.key }} = -1 then 1 else 0 end), 0) as unresolved
    from sales
    where {{ each.sale_column }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    key_name,
    sales,
    unresolved
from counted
where unresolved > {{ var('unresolved_tolerance') }} * sales
