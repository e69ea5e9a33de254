{{ source_keys('tpcds', 'date_dim', 'd_date_sk', 'd_date', ['_loaded_at']) }}
