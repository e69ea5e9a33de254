-- The history of items that landing tells, up to the date that the dimensions have reached: what
-- item_snapshot holds when every date was run in order.
with versions as (

    select * from {{ ref('int_item_versions') }}

),

extracts as (

    select * from {{ ref('stg_tpcds__item_extracts') }}
    where extract_date <= (
        select max(progress.reached)
        from {{ ref('int_dimension_dates') }} as progress
    )

),

-- Category and name are of type 1: a version has those of its last extract.
described as (

    select
        versions.*,
        extracts.i_category,
        extracts.i_product_name,
        row_number() over (
            partition by versions.i_item_id, versions.valid_from
            order by extracts.extract_date desc
        ) as recency
    from versions
    inner join extracts
        on versions.i_item_id = extracts.i_item_id
        and versions.valid_from <= extracts.extract_date
        and (versions.valid_to > extracts.extract_date or versions.valid_to is null)

)

select
    i_item_id,
    i_current_price,
    i_category,
    i_product_name,
    valid_from,
    valid_to
from described
where recency = 1
