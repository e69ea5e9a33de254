-- Where item_snapshot is not what landing tells: after an extract that came out of order, after
-- dates that were left out, or after edits by hand. `python -m orchestration replay` mends it.
with told as (

    select * from {{ ref('int_item_versions') }}

),

held as (

    select
        i_item_id,
        i_current_price,
        cast(dbt_valid_from as date) as valid_from,
        cast(dbt_valid_to as date) as valid_to
    from {{ ref('item_snapshot') }}

)

select
    coalesce(told.i_item_id, held.i_item_id) as i_item_id,
    coalesce(told.valid_from, held.valid_from) as valid_from,
    told.i_current_price as told_price,
    held.i_current_price as held_price,
    told.valid_to as told_valid_to,
    held.valid_to as held_valid_to,
    case
        when held.i_item_id is null then 'missing'
        when told.i_item_id is null then 'not in landing'
        else 'different'
    end as difference
from told
full outer join held on told.i_item_id = held.i_item_id and told.valid_from = held.valid_from
where
    told.i_item_id is null
    or held.i_item_id is null
    or {{ differs('told', 'held', ['i_current_price', 'valid_to']) }}
