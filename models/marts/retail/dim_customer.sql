{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='customer_key',
    on_schema_change='append_new_columns',
    dist='all',
    sort='customer_key',
) }}

{#- Customers without a new extract, whose address has arrived or changed hands. -#}
{%- set moved -%}
    select known.c_customer_id as member
    from {{ this }} as known
    left join addresses on known.c_current_addr_sk = addresses.ca_address_sk
    where known.address_key <> coalesce(addresses.address_key, -1)
{%- endset %}

with addresses as (

    select
        source_keys.source_key as ca_address_sk,
        members.address_key
    from {{ ref('int_source_keys') }} as source_keys
    inner join {{ ref('dim_customer_address') }} as members
        on source_keys.business_key = members.ca_address_id
    where source_keys.dimension = 'dim_customer_address' and members.address_key <> -1

),

versions as (

    {{ member_history(
        ref('stg_tpcds__customer'),
        business_key='c_customer_id',
        source_key='c_customer_sk',
        tracked=['c_first_name', 'c_last_name', 'c_current_addr_sk'],
        also_touched=moved,
    ) | indent }}

),

members as (

    select
        {{ warehouse_key(['c_customer_id']) }} as customer_key,
        c_customer_id,
        c_first_name,
        c_last_name,
        c_current_addr_sk,
        min(valid_from) over (partition by c_customer_id) as inserted_date,
        valid_from as updated_date,
        extract_date,
        _batch_at
    from versions as each_version
    qualify valid_to is null

    union all

    select
        -1 as customer_key,
        'unknown' as c_customer_id,
        'unknown' as c_first_name,
        'unknown' as c_last_name,
        cast(null as integer) as c_current_addr_sk,
        cast('1900-01-01' as date) as inserted_date,
        cast('1900-01-01' as date) as updated_date,
        cast('1900-01-01' as date) as extract_date,
        cast('1900-01-01' as timestamp) as _batch_at

)

select
    cast(members.customer_key as bigint) as customer_key,
    cast(members.c_customer_id as varchar(32)) as c_customer_id,
    cast(members.c_first_name as varchar(100)) as c_first_name,
    cast(members.c_last_name as varchar(100)) as c_last_name,
    cast(coalesce(addresses.address_key, -1) as bigint) as address_key,
    cast(members.c_current_addr_sk as integer) as c_current_addr_sk,
    members.inserted_date,
    members.updated_date,
    members.extract_date,
    members._batch_at
from members
left join addresses on members.c_current_addr_sk = addresses.ca_address_sk
