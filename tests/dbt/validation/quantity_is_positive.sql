-- The source leaves some quantities empty; empty is unknown, not zero.
select
    sold_date,
    ss_item_sk,
    ss_ticket_number,
    ss_quantity
from {{ ref('fct_store_sales') }}
where ss_quantity <= 0
