{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='c_customer_id',
    on_schema_change='append_new_columns',
    dist='all',
    sort='c_customer_id',
) }}

{{ latest_members(
    'tpcds', 'customer', 'c_customer_id', 'c_customer_sk',
    ['c_current_addr_sk', 'c_first_name', 'c_last_name']
) }}
