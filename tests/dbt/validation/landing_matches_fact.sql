-- The dates of the latest batch and the run's own: what landed, each ticket line once as
-- delivered last, is what the fact holds - rows and money.
{%- set latest_batch -%}
    (
        select max(loads.batch_at)
        from {{ ref('landing_loads') }} as loads
        where loads.feed = 'store_sales'
    )
{%- endset %}

with touched as (

    select coalesce(ss_sold_date_sk, -1) as sold_date_sk
    from {{ ref('stg_tpcds__store_sales') }}
    where _batch_at = {{ latest_batch }}
    union
    select source_key as sold_date_sk
    from {{ ref('int_source_keys') }}
    where dimension = 'dim_date' and business_key = cast({{ run_date() }} as varchar(10))

),

-- Dates and "no date" apart, so that the warehouse can pass over the blocks of other dates.
touched_lines as (

    select
        ss_item_sk,
        ss_ticket_number
    from {{ ref('stg_tpcds__store_sales') }}
    where ss_sold_date_sk in (select touched.sold_date_sk from touched)
    union
    select
        ss_item_sk,
        ss_ticket_number
    from {{ ref('stg_tpcds__store_sales') }}
    where
        ss_sold_date_sk is null
        and -1 in (select touched.sold_date_sk from touched)

),

ranked as (

    select
        coalesce(deliveries.ss_sold_date_sk, -1) as sold_date_sk,
        deliveries.ss_quantity,
        deliveries.ss_net_paid,
        row_number() over (
            partition by deliveries.ss_item_sk, deliveries.ss_ticket_number
            order by
                deliveries._loaded_at desc,
                deliveries.ss_sold_date_sk desc nulls last,
                deliveries.ss_net_paid desc nulls last,
                deliveries.ss_quantity desc nulls last,
                deliveries.ss_customer_sk desc nulls last
        ) as recency
    from {{ ref('stg_tpcds__store_sales') }} as deliveries
    inner join touched_lines
        on deliveries.ss_item_sk = touched_lines.ss_item_sk
        and deliveries.ss_ticket_number = touched_lines.ss_ticket_number

),

landed as (

    select
        sold_date_sk,
        count(*) as row_count,
        coalesce(sum(ss_quantity), 0) as quantity,
        coalesce(sum(ss_net_paid), 0) as net_paid
    from ranked
    where recency = 1 and sold_date_sk in (select touched.sold_date_sk from touched)
    group by sold_date_sk

),

held as (

    select
        coalesce(ss_sold_date_sk, -1) as sold_date_sk,
        count(*) as row_count,
        coalesce(sum(ss_quantity), 0) as quantity,
        coalesce(sum(ss_net_paid), 0) as net_paid
    from {{ ref('fct_store_sales') }}
    where coalesce(ss_sold_date_sk, -1) in (select touched.sold_date_sk from touched)
    group by coalesce(ss_sold_date_sk, -1)

)

select
    coalesce(landed.sold_date_sk, held.sold_date_sk) as sold_date_sk,
    landed.row_count as landed_rows,
    held.row_count as fact_rows,
    landed.quantity as landed_quantity,
    held.quantity as fact_quantity,
    landed.net_paid as landed_net_paid,
    held.net_paid as fact_net_paid
from landed
full outer join held on landed.sold_date_sk = held.sold_date_sk
where
    coalesce(landed.row_count, 0) <> coalesce(held.row_count, 0)
    or coalesce(landed.quantity, 0) <> coalesce(held.quantity, 0)
    or coalesce(landed.net_paid, 0) <> coalesce(held.net_paid, 0)
