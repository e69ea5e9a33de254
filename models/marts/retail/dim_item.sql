{{ config(dist='all', sort=['i_item_id', 'valid_from']) }}

with versions as (

    select * from {{ ref('item_snapshot') }}

),

members as (

    select
        {{ warehouse_key(['i_item_id', 'cast(dbt_valid_from as date)']) }} as item_key,
        i_item_id,
        i_current_price,
        i_category,
        i_product_name,
        cast(dbt_valid_from as date) as valid_from,
        cast(dbt_valid_to as date) as valid_to,
        dbt_valid_to is null as is_current,
        row_number() over (partition by i_item_id order by dbt_valid_from) = 1 as is_first_version
    from versions

    union all

    select
        -1 as item_key,
        'unknown' as i_item_id,
        cast(null as numeric(7, 2)) as i_current_price,
        'unknown' as i_category,
        'unknown' as i_product_name,
        cast('1900-01-01' as date) as valid_from,
        cast(null as date) as valid_to,
        true as is_current,
        true as is_first_version

)

select
    cast(item_key as bigint) as item_key,
    cast(i_item_id as varchar(32)) as i_item_id,
    cast(i_current_price as numeric(7, 2)) as i_current_price,
    cast(i_category as varchar(100)) as i_category,
    cast(i_product_name as varchar(200)) as i_product_name,
    valid_from,
    valid_to,
    is_current,
    is_first_version
from members
