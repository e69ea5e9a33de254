{% snapshot item_snapshot %}

{{ config(
    unique_key='i_item_id',
    strategy='check',
    check_cols=['i_current_price'],
    updated_at='cast(extract_date as timestamp)',
    dist='all',
    sort='i_item_id',
    pre_hook=[
        "{{ reopen_before_redelivered(this, ref('stg_tpcds__item'), 'i_item_id', ['i_current_price']) }}",
        "{{ drop_redelivered(this, ref('stg_tpcds__item'), 'i_item_id', ['i_current_price']) }}",
    ],
    post_hook="{{ overwrite_current(
        this, ref('stg_tpcds__item'), 'i_item_id', ['i_category', 'i_product_name']
    ) }}",
) }}

-- extract_date is the business clock: versions start on it, whenever the run takes place.
select
    i_item_id,
    i_current_price,
    i_category,
    i_product_name,
    extract_date
from {{ ref('stg_tpcds__item') }}
where {{ history_goes_on() }}

{% endsnapshot %}
