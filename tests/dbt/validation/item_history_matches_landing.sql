-- Extracts that came out of order are parked, not lost: the run goes on with the history as it is,
-- and `python -m orchestration replay` rebuilds the items concerned.
{{ config(severity='warn') }}

select
    i_item_id,
    valid_from,
    difference,
    told_price,
    held_price
from {{ ref('int_item_history_differences') }}
order by i_item_id, valid_from
