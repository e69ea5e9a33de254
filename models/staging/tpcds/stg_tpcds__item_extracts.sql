{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['i_item_id', 'extract_date'],
    on_schema_change='append_new_columns',
    dist='i_item_id',
    sort=['i_item_id', 'extract_date'],
) }}

with loads as (

    select
        loaded_at,
        batch_at
    from {{ ref('landing_loads') }}
    where feed = 'item'

),

{%- if is_incremental() %}

-- A delivery may be of an extract that is known already: all that came of it decides anew.
touched as (

    select distinct
        items.i_item_id,
        items.extract_date
    from {{ source('tpcds', 'item') }} as items
    inner join loads on items._loaded_at = loads.loaded_at
    where loads.batch_at > {{ last_batch(this) }}

),

{%- endif %}

delivered as (

    select
        items.*,
        loads.batch_at as _batch_at
    from {{ source('tpcds', 'item') }} as items
    inner join loads on items._loaded_at = loads.loaded_at
    {%- if is_incremental() %}
    inner join touched
        on items.i_item_id = touched.i_item_id
        and items.extract_date = touched.extract_date
    {%- endif %}
    where items.i_item_id is not null and items.extract_date is not null

),

-- One extract may hold several versions of an item, each under its own source key, and may be
-- delivered again: first the latest delivery of each version counts, ...
deliveries as (

    select
        delivered.*,
        row_number() over (
            partition by i_item_id, i_item_sk, extract_date
            order by
                _loaded_at desc,
                i_rec_start_date desc,
                i_current_price desc
        ) as delivery_rank
    from delivered

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
    _loaded_at,
    _batch_at
from versions
where version_rank = 1
