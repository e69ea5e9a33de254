with extracts as (

    select * from {{ ref('stg_tpcds__item_extracts') }}

),

ranked as (

    select
        extracts.*,
        row_number() over (partition by i_item_id order by extract_date desc) as recency
    from extracts
    where extract_date <= {{ run_date() }}

)

select
    i_item_id,
    i_item_sk,
    i_current_price,
    i_category,
    i_product_name,
    extract_date,
    _loaded_at
from ranked
where recency = 1
