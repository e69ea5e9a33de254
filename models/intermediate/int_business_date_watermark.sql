{#- Never rebuilt: how far the dimensions have come cannot be found again from landing. Merged, so
    that two builds at once make one row. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['reached', 'batch_at'],
    full_refresh=false,
) }}

-- How far the dimensions have come: the newest business date that had been delivered, and the
-- newest batch, as of each build that moved either of them. A build for an older date moves
-- neither, so history never goes backwards. Sales count as deliveries too, because a day may pass
-- without a change in any dimension.
with loads as (

    select * from {{ ref('landing_loads') }}

),

known as (

    {%- if is_incremental() %}
    select
        max(reached) as reached,
        max(batch_at) as batch_at
    from {{ this }}
    {%- else %}
    select
        cast('1900-01-01' as date) as reached,
        cast('1900-01-01' as timestamp) as batch_at
    {%- endif %}

),

deliveries as (

    select loads.extract_date as delivered
    from loads
    cross join known
    where loads.extract_date <= {{ run_date() }} and loads.extract_date > known.reached
    union all
    select days.d_date as delivered
    from {{ ref('stg_tpcds__store_sales') }} as sales
    inner join {{ ref('stg_tpcds__date_dim') }} as days on sales.ss_sold_date_sk = days.d_date_sk
    cross join known
    where days.d_date <= {{ run_date() }} and days.d_date > known.reached

),

newest as (

    select
        (select max(deliveries.delivered) from deliveries) as delivered,
        (select max(loads.batch_at) from loads) as batch_at

),

moved as (

    select
        coalesce(newest.delivered, known.reached) as reached,
        coalesce(newest.batch_at, known.batch_at) as batch_at,
        known.reached as reached_before,
        known.batch_at as batch_before
    from newest
    cross join known

)

select
    cast(reached as date) as reached,
    cast(batch_at as timestamp) as batch_at
from moved
{%- if is_incremental() %}
where
    {{ run_date() }} >= reached_before
    and (reached > reached_before or batch_at > batch_before)
{%- endif %}
