{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='address_key',
    on_schema_change='fail',
    dist='all',
    sort='address_key',
) }}

with members as (

    select
        cast(null as bigint) as address_key,
        cast(ca_address_id as varchar(32)) as ca_address_id,
        cast(ca_state as varchar(20)) as ca_state,
        cast(ca_zip as varchar(20)) as ca_zip,
        cast(ca_country as varchar(100)) as ca_country,
        extract_date
    from {{ ref('stg_tpcds__customer_address') }}

    union all

    select
        cast(-1 as bigint) as address_key,
        cast('unknown' as varchar(32)) as ca_address_id,
        cast('unknown' as varchar(20)) as ca_state,
        cast('unknown' as varchar(20)) as ca_zip,
        cast('unknown' as varchar(100)) as ca_country,
        cast('1900-01-01' as date) as extract_date

)

{{ scd1_changes('members', 'address_key', 'ca_address_id', ['ca_state', 'ca_zip', 'ca_country']) }}
