{{ source_keys(
    'tpcds', 'customer_address', 'ca_address_sk', 'ca_address_id', ['extract_date', '_loaded_at']
) }}
