{{ config(unique_key='i_item_sk', sort='i_item_sk') }}

{{ source_keys(
    'tpcds', 'item', 'i_item_sk', 'i_item_id', ['extract_date', '_loaded_at']
) }}
