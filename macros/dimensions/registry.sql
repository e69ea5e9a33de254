{#- The dimensions of the sales fact, declared once: which staging model delivers a dimension, which of
    its columns is the source's key and which the business key, which column of a sale names a member, and
    whether a sale takes the version that was valid on its date (has_history) or the member itself.

    Everything that keys sales loops over this list: int_source_keys, int_store_sales_keyed,
    fct_store_sales, and the checks of keys. -#}
{% macro sales_dimensions() %}
    {{ return([
        {
            'dimension': 'dim_date',
            'key': 'date_key',
            'key_type': 'integer',
            'sale_column': 'ss_sold_date_sk',
            'staging': 'stg_tpcds__date_dim',
            'source_key': 'd_date_sk',
            'business_key': 'd_date',
            'is_dated': false,
            'has_history': false,
        },
        {
            'dimension': 'dim_item',
            'key': 'item_key',
            'key_type': 'bigint',
            'sale_column': 'ss_item_sk',
            'staging': 'stg_tpcds__item',
            'source_key': 'i_item_sk',
            'business_key': 'i_item_id',
            'is_dated': true,
            'has_history': true,
        },
        {
            'dimension': 'dim_customer',
            'key': 'customer_key',
            'key_type': 'bigint',
            'sale_column': 'ss_customer_sk',
            'staging': 'stg_tpcds__customer',
            'source_key': 'c_customer_sk',
            'business_key': 'c_customer_id',
            'is_dated': true,
            'has_history': false,
        },
        {
            'dimension': 'dim_customer_address',
            'key': 'address_key',
            'key_type': 'bigint',
            'sale_column': 'ss_addr_sk',
            'staging': 'stg_tpcds__customer_address',
            'source_key': 'ca_address_sk',
            'business_key': 'ca_address_id',
            'is_dated': true,
            'has_history': false,
        },
    ]) }}
{% endmacro %}
