{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_loaded_at',
    on_schema_change='fail',
    dist='even',
    sort='pickup_datetime',
) }}

select
    vendorid,
    pickup_datetime,
    dropoff_datetime,
    passenger_count,
    trip_distance,
    fare_amount,
    extra,
    mta_tax,
    tip_amount,
    tolls_amount,
    improvement_surcharge,
    total_amount,
    payment_type,
    trip_type,
    _loaded_at
from {{ ref('stg_cab__trips') }}
{%- if is_incremental() %}
-- Trips have no key of their own, so whole loads are taken in, each once.
where _loaded_at not in (select taken._loaded_at from {{ this }} as taken)
{%- endif %}
