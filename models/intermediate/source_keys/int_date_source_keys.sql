{{ config(unique_key='d_date_sk', sort='d_date_sk') }}

{{ source_keys('tpcds', 'date_dim', 'd_date_sk', 'd_date', ['_loaded_at']) }}
