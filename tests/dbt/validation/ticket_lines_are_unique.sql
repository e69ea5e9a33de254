-- A ticket line of the latest batch is in the fact once, whatever date it was moved from. That all
-- lines are unique, whenever they came, is a test of the model, which `dbt build` runs.
with latest as (

    select loaded_at
    from {{ ref('landing_loads') }}
    where feed = 'store_sales' and batch_at = (
        select max(loads.batch_at)
        from {{ ref('landing_loads') }} as loads
        where loads.feed = 'store_sales'
    )

),

arrived as (

    select distinct
        ss_item_sk,
        ss_ticket_number
    from {{ ref('fct_store_sales') }}
    where _loaded_at in (select latest.loaded_at from latest)

)

select
    fact.ss_item_sk,
    fact.ss_ticket_number,
    count(*) as row_count
from {{ ref('fct_store_sales') }} as fact
inner join arrived
    on fact.ss_item_sk = arrived.ss_item_sk
    and fact.ss_ticket_number = arrived.ss_ticket_number
group by fact.ss_item_sk, fact.ss_ticket_number
having count(*) > 1
