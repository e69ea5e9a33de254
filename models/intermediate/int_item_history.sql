-- The history of items that landing tells, up to the date that the dimensions have reached: what
-- item_snapshot holds when every date was run in order. What was extracted before the first date
-- that was run was never seen as a change: its latest state is where the history begins.
with extracts as (

    select * from {{ ref('stg_tpcds__item_extracts') }}

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

),

-- Each state belongs to the version that the last change of price up to it has opened.
numbered as (

    select
        compared.*,
        sum(
            case
                when position = 1 then 1
                when i_current_price = price_before then 0
                when i_current_price is null and price_before is null then 0
                else 1
            end
        ) over (
            partition by i_item_id order by extract_date rows unbounded preceding
        ) as version_number
    from compared

),

opened as (

    select
        i_item_id,
        version_number,
        min(extract_date) as valid_from,
        max(extract_date) as last_extract_date
    from numbered
    group by i_item_id, version_number

),

bounded as (

    select
        opened.*,
        lead(valid_from) over (partition by i_item_id order by valid_from) as valid_to
    from opened

)

-- Category and name are of type 1: a version has those of its last extract.
select
    bounded.i_item_id,
    numbered.i_current_price,
    numbered.i_category,
    numbered.i_product_name,
    bounded.valid_from,
    bounded.valid_to
from bounded
inner join numbered
    on bounded.i_item_id = numbered.i_item_id
    and bounded.last_extract_date = numbered.extract_date
