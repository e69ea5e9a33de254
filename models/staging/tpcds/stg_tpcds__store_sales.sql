with sales as (

    select * from {{ source('tpcds', 'store_sales') }}

),

loads as (

    select *
    from {{ ref('landing_loads') }}
    where feed = 'store_sales'

)

select
    -- grain
    sales.ss_item_sk,
    sales.ss_ticket_number,

    -- source keys
    sales.ss_sold_date_sk,
    sales.ss_customer_sk,
    sales.ss_addr_sk,
    sales.ss_store_sk,

    -- measures
    sales.ss_quantity,
    sales.ss_sales_price,
    sales.ss_ext_sales_price,
    sales.ss_net_paid,
    sales.ss_net_profit,

    -- delivery
    sales._loaded_at,
    loads.batch_at as _batch_at
from sales
inner join loads on sales._loaded_at = loads.loaded_at
