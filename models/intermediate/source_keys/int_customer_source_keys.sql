{{ config(unique_key='c_customer_sk', sort='c_customer_sk') }}

{{ source_keys(
    'tpcds', 'customer', 'c_customer_sk', 'c_customer_id', ['extract_date', '_loaded_at']
) }}
