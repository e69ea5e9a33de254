{{ config(materialized='incremental', incremental_strategy='append') }}

{#- Of what has landed only later dates can take it further. -#}
{%- set reached = '(select max(known.reached) from ' ~ this ~ ' as known)' -%}

-- How far the business dates have come: the newest that any feed had delivered as of each run that
-- got further than those before it. A run for an older date finds a later one here. Sales count as
-- well, because a day may pass without a change in any dimension.
with deliveries as (

    {% for feed in ['item', 'customer', 'customer_address'] %}
    select max(landed.extract_date) as delivered
    from {{ source('tpcds', feed) }} as landed
    inner join {{ ref('landing_loads') }} as loads
        on loads.feed = '{{ feed }}' and landed._loaded_at = loads.loaded_at
    where
        landed.extract_date <= {{ run_date() }}
        {%- if is_incremental() %}
        and landed.extract_date > {{ reached }}
        {%- endif %}
    union all
    {% endfor %}
    select max(days.d_date) as delivered
    from {{ ref('stg_tpcds__store_sales') }} as sales
    inner join {{ ref('int_date_source_keys') }} as days on sales.ss_sold_date_sk = days.d_date_sk
    where
        days.d_date <= {{ run_date() }}
        {%- if is_incremental() %}
        and days.d_date > {{ reached }}
        {%- endif %}

)

select coalesce(max(delivered), cast('1900-01-01' as date)) as reached
from deliveries
{%- if is_incremental() %}
having max(delivered) is not null
{%- endif %}
