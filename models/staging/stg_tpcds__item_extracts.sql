with items as (

    select * from {{ source('tpcds', 'item') }}

),

loads as (

    select *
    from {{ ref('stg_landing__loads') }}
    where feed = 'item'

),

-- One extract may hold several versions of an item, each under its own source key, and may be
-- delivered again: first the latest delivery of each version counts, ...
deliveries as (

    select
        items.*,
        row_number() over (
            partition by items.i_item_id, items.i_item_sk, items.extract_date
            order by
                items._loaded_at desc,
                items.i_rec_start_date desc,
                items.i_current_price desc
        ) as delivery_rank
    from items
    inner join loads on items._loaded_at = loads.loaded_at

),

-- ... then, of each extract, the version that the source opened last.
versions as (

    select
        deliveries.*,
        row_number() over (
            partition by i_item_id, extract_date
            order by
                i_rec_start_date desc nulls last,
                _loaded_at desc,
                i_item_sk desc
        ) as version_rank
    from deliveries
    where delivery_rank = 1

)

select
    i_item_id,
    i_item_sk,
    i_current_price,
    i_category,
    i_product_name,
    extract_date,
    _loaded_at
from versions
where version_rank = 1
