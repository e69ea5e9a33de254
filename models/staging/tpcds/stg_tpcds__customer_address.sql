{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='ca_address_id',
    on_schema_change='append_new_columns',
    dist='all',
    sort='ca_address_id',
) }}

{{ latest_members(
    'tpcds', 'customer_address', 'ca_address_id', 'ca_address_sk',
    ['ca_state', 'ca_zip', 'ca_country']
) }}
