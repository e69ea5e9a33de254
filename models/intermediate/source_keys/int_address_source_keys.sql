{{ config(unique_key='ca_address_sk', sort='ca_address_sk') }}

{{ source_keys(
    'tpcds', 'customer_address', 'ca_address_sk', 'ca_address_id', ['extract_date', '_loaded_at']
) }}
