{{ config(
    materialized='incremental',
    incremental_strategy='replace_dates',
    unique_key=['ss_item_sk', 'ss_ticket_number'],
    on_schema_change='fail',
    dist='ss_item_sk',
    sort='sold_date',
    meta={'replaced_by': 'ss_sold_date_sk'},
) }}

{#- Rendered while parsing too, so that dbt sees what it refers to. -#}
{%- set touched_dates = touched_sale_dates(this) if is_incremental() or not execute -%}

with deliveries as (

    select * from {{ ref('int_store_sales_keyed') }}

),

{%- if is_incremental() %}

touched as (

    {{ touched_dates }}

),

-- What the fact already holds on dates that stay: an older delivery on a touched date must not
-- beat a newer one that moved the ticket line to another date.
standing as (

    select
        ss_item_sk,
        ss_ticket_number,
        _loaded_at
    from {{ this }}
    where coalesce(ss_sold_date_sk, -1) not in (select touched.sold_date_sk from touched)

),

{%- endif %}

ranked as (

    select
        deliveries.*,
        row_number() over (
            partition by ss_item_sk, ss_ticket_number
            order by
                _loaded_at desc,
                ss_sold_date_sk desc nulls last,
                ss_net_paid desc nulls last,
                ss_quantity desc nulls last,
                ss_customer_sk desc nulls last
        ) as recency
    from deliveries
    {%- if is_incremental() %}
    where coalesce(ss_sold_date_sk, -1) in (select touched.sold_date_sk from touched)
    {%- endif %}

)

select
    ranked.sold_date,
    cast(ranked.date_key as integer) as date_key,
    cast(ranked.item_key as bigint) as item_key,
    cast(ranked.customer_key as bigint) as customer_key,
    cast(ranked.address_key as bigint) as address_key,
    ranked.ss_store_sk,
    ranked.ss_item_sk,
    ranked.ss_ticket_number,
    ranked.ss_quantity,
    ranked.ss_sales_price,
    ranked.ss_ext_sales_price,
    ranked.ss_net_paid,
    ranked.ss_net_profit,
    ranked.ss_sold_date_sk,
    ranked.ss_customer_sk,
    ranked.ss_addr_sk,
    ranked._loaded_at
from ranked
{%- if is_incremental() %}
left join standing
    on ranked.ss_item_sk = standing.ss_item_sk
    and ranked.ss_ticket_number = standing.ss_ticket_number
    and ranked._loaded_at <= standing._loaded_at
where ranked.recency = 1 and standing.ss_item_sk is null
{%- else %}
where ranked.recency = 1
{%- endif %}
