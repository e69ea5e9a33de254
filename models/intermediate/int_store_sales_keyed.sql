with sales as (

    select * from {{ ref('stg_tpcds__store_sales') }}

),

dates as (

    select
        source_keys.d_date_sk,
        members.date_key,
        members.d_date
    from {{ ref('int_date_source_keys') }} as source_keys
    inner join {{ ref('dim_date') }} as members on source_keys.d_date = members.d_date

),

items as (

    select
        source_keys.i_item_sk,
        members.item_key,
        members.valid_from,
        members.valid_to,
        members.is_first_version
    from {{ ref('int_item_source_keys') }} as source_keys
    inner join {{ ref('dim_item') }} as members on source_keys.i_item_id = members.i_item_id

),

customers as (

    select
        source_keys.c_customer_sk,
        members.customer_key
    from {{ ref('int_customer_source_keys') }} as source_keys
    inner join {{ ref('dim_customer') }} as members
        on source_keys.c_customer_id = members.c_customer_id

),

addresses as (

    select
        source_keys.ca_address_sk,
        members.address_key
    from {{ ref('int_address_source_keys') }} as source_keys
    inner join {{ ref('dim_customer_address') }} as members
        on source_keys.ca_address_id = members.ca_address_id

)

select
    sales.ss_item_sk,
    sales.ss_ticket_number,
    sales.ss_sold_date_sk,
    sales.ss_customer_sk,
    sales.ss_addr_sk,
    sales.ss_store_sk,
    sales.ss_quantity,
    sales.ss_sales_price,
    sales.ss_ext_sales_price,
    sales.ss_net_paid,
    sales.ss_net_profit,
    sales._loaded_at,
    dates.d_date as sold_date,
    coalesce(dates.date_key, -1) as date_key,
    coalesce(items.item_key, -1) as item_key,
    coalesce(customers.customer_key, -1) as customer_key,
    coalesce(addresses.address_key, -1) as address_key
from sales
left join dates on sales.ss_sold_date_sk = dates.d_date_sk
-- The version valid on the sale date. The first version is open to the past; without a sale
-- date no version can be told.
left join items
    on sales.ss_item_sk = items.i_item_sk
    and dates.d_date is not null
    and (dates.d_date >= items.valid_from or items.is_first_version)
    and (dates.d_date < items.valid_to or items.valid_to is null)
left join customers on sales.ss_customer_sk = customers.c_customer_sk
left join addresses on sales.ss_addr_sk = addresses.ca_address_sk
