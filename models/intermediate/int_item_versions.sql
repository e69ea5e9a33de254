-- What was extracted before the first date that was run was never seen as a change: its latest
-- state is where the history begins.
with extracts as (

    select
        i_item_id,
        i_current_price,
        extract_date
    from {{ ref('stg_tpcds__item_extracts') }}

),

progress as (

    select
        min(reached) as began,
        max(reached) as reached
    from {{ ref('int_dimension_dates') }}

),

states as (

    select
        extracts.*,
        row_number() over (
            partition by
                extracts.i_item_id,
                case when extracts.extract_date <= progress.began then 1 end,
                case when extracts.extract_date > progress.began then extracts.extract_date end
            order by extracts.extract_date desc
        ) as recency
    from extracts
    cross join progress
    where extracts.extract_date <= progress.reached

),

compared as (

    select
        states.*,
        row_number() over (partition by i_item_id order by extract_date) as position,
        lag(i_current_price) over (partition by i_item_id order by extract_date) as price_before
    from states
    where recency = 1

)

select
    i_item_id,
    i_current_price,
    extract_date as valid_from,
    lead(extract_date) over (partition by i_item_id order by extract_date) as valid_to
from compared
where
    position = 1
    or i_current_price <> price_before
    or (i_current_price is null and price_before is not null)
    or (i_current_price is not null and price_before is null)
