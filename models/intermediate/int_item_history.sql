{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='i_item_id',
    on_schema_change='append_new_columns',
    dist='i_item_id',
    sort=['i_item_id', 'valid_from'],
) }}

-- What is tracked, overwritten or merely carried is declared here, and nowhere else. Of several
-- versions in one extract, each under its own source key, the one that the source opened last
-- counts.
{{ member_history(
    ref('stg_tpcds__item'),
    business_key='i_item_id',
    source_key='i_item_sk',
    tracked=['i_current_price'],
    overwritten=['i_category', 'i_product_name'],
    deciding=['i_rec_start_date desc nulls last'],
) }}
