{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='address_key',
    on_schema_change='append_new_columns',
    dist='all',
    sort='address_key',
) }}

with versions as (

    {{ member_history(
        ref('stg_tpcds__customer_address'),
        business_key='ca_address_id',
        source_key='ca_address_sk',
        tracked=['ca_state', 'ca_zip', 'ca_country'],
    ) | indent }}

),

members as (

    select
        {{ warehouse_key(['ca_address_id']) }} as address_key,
        ca_address_id,
        ca_state,
        ca_zip,
        ca_country,
        min(valid_from) over (partition by ca_address_id) as inserted_date,
        valid_from as updated_date,
        extract_date,
        _batch_at
    from versions as each_version
    qualify valid_to is null

    union all

    select
        -1 as address_key,
        'unknown' as ca_address_id,
        'unknown' as ca_state,
        'unknown' as ca_zip,
        'unknown' as ca_country,
        cast('1900-01-01' as date) as inserted_date,
        cast('1900-01-01' as date) as updated_date,
        cast('1900-01-01' as date) as extract_date,
        cast('1900-01-01' as timestamp) as _batch_at

)

select
    cast(address_key as bigint) as address_key,
    cast(ca_address_id as varchar(32)) as ca_address_id,
    cast(ca_state as varchar(20)) as ca_state,
    cast(ca_zip as varchar(20)) as ca_zip,
    cast(ca_country as varchar(100)) as ca_country,
    inserted_date,
    updated_date,
    extract_date,
    _batch_at
from members
