with addresses as (

    select * from {{ source('tpcds', 'customer_address') }}

),

loads as (

    select *
    from {{ ref('stg_landing__loads') }}
    where feed = 'customer_address'

),

ranked as (

    select
        addresses.*,
        row_number() over (
            partition by addresses.ca_address_id
            order by
                addresses.extract_date desc,
                addresses._loaded_at desc,
                addresses.ca_address_sk desc
        ) as recency
    from addresses
    inner join loads on addresses._loaded_at = loads.loaded_at
    where addresses.extract_date <= {{ run_date() }}

)

select
    ca_address_id,
    ca_address_sk,
    ca_state,
    ca_zip,
    ca_country,
    extract_date,
    _loaded_at
from ranked
where recency = 1
