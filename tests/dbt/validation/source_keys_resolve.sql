-- Of the sales of the run's date that name a member, no more than var unresolved_tolerance may name
-- one that has not arrived. They keep key -1 until it does.
{{ config(severity='warn') }}

{% set keys = {
    'item_key': 'ss_item_sk',
    'customer_key': 'ss_customer_sk',
    'address_key': 'ss_addr_sk',
} %}

with sales as (

    select * from {{ ref('fct_store_sales') }}
    where sold_date = {{ run_date() }}

),

counted as (

    {% for key, source_key in keys.items() %}
    select
        '{{ key }}' as key_name,
        count(*) as sales,
        coalesce(sum(case when {{ key }} = -1 then 1 else 0 end), 0) as unresolved
    from sales
    where {{ source_key }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    key_name,
    sales,
    unresolved
from counted
where unresolved > {{ var('unresolved_tolerance') }} * sales
