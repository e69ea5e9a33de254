{#- Everything that keys sales loops over this list: int_source_keys, int_store_sales_keyed,
    fct_store_sales, and the checks of keys. -#}
{% macro sales_dimensions() %}
    {{ return([
        {
            'dimension': 'dim_date', 'key': 'date_key', 'key_type': 'integer',
            'sale_column': 'ss_sold_date_sk', 'has_history': false,
            'staging': 'stg_tpcds__date_dim', 'is_dated': false,
            'source_key': 'd_date_sk', 'business_key': 'd_date',
        },
        {
            'dimension': 'dim_item', 'key': 'item_key', 'key_type': 'bigint',
            'sale_column': 'ss_item_sk', 'has_history': true,
            'staging': 'stg_tpcds__item', 'is_dated': true,
            'source_key': 'i_item_sk', 'business_key': 'i_item_id',
        },
        {
            'dimension': 'dim_customer', 'key': 'customer_key', 'key_type': 'bigint',
            'sale_column': 'ss_customer_sk', 'has_history': false,
            'staging': 'stg_tpcds__customer', 'is_dated': true,
            'source_key': 'c_customer_sk', 'business_key': 'c_customer_id',
        },
        {
            'dimension': 'dim_customer_address', 'key': 'address_key', 'key_type': 'bigint',
            'sale_column': 'ss_addr_sk', 'has_history': false,
            'staging': 'stg_tpcds__customer_address', 'is_dated': true,
            'source_key': 'ca_address_sk', 'business_key': 'ca_address_id',
        },
    ]) }}
{% endmacro %}
