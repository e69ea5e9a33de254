with customers as (

    select * from {{ source('tpcds', 'customer') }}

),

loads as (

    select *
    from {{ ref('stg_landing__loads') }}
    where feed = 'customer'

),

ranked as (

    select
        customers.*,
        row_number() over (
            partition by customers.c_customer_id
            order by
                customers.extract_date desc,
                customers._loaded_at desc,
                customers.c_customer_sk desc
        ) as recency
    from customers
    inner join loads on customers._loaded_at = loads.loaded_at
    where customers.extract_date <= {{ run_date() }}

)

select
    c_customer_id,
    c_customer_sk,
    c_current_addr_sk,
    c_first_name,
    c_last_name,
    extract_date,
    _loaded_at
from ranked
where recency = 1
