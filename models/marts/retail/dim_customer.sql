{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='customer_key',
    on_schema_change='fail',
    dist='all',
    sort='customer_key',
) }}

with customers as (

    select * from {{ ref('stg_tpcds__customer') }}

),

addresses as (

    select
        source_keys.ca_address_sk,
        members.address_key
    from {{ ref('int_address_source_keys') }} as source_keys
    inner join {{ ref('dim_customer_address') }} as members
        on source_keys.ca_address_id = members.ca_address_id

),

members as (

    select
        cast(null as bigint) as customer_key,
        cast(customers.c_customer_id as varchar(32)) as c_customer_id,
        cast(customers.c_first_name as varchar(100)) as c_first_name,
        cast(customers.c_last_name as varchar(100)) as c_last_name,
        cast(coalesce(addresses.address_key, -1) as bigint) as address_key,
        customers.extract_date
    from customers
    left join addresses on customers.c_current_addr_sk = addresses.ca_address_sk

    union all

    select
        cast(-1 as bigint) as customer_key,
        cast('unknown' as varchar(32)) as c_customer_id,
        cast('unknown' as varchar(100)) as c_first_name,
        cast('unknown' as varchar(100)) as c_last_name,
        cast(-1 as bigint) as address_key,
        cast('1900-01-01' as date) as extract_date

)

{{ scd1_changes(
    'members', 'customer_key', 'c_customer_id', ['c_first_name', 'c_last_name', 'address_key']
) }}
