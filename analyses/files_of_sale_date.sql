-- Which files the sales of one date were built from:
--   dbt show --select files_of_sale_date --vars '{run_date: 2000-10-26}' --limit -1
with sales as (

    select
        _loaded_at,
        count(*) as fact_rows,
        sum(ss_net_paid) as net_paid
    from {{ ref('fct_store_sales') }}
    where sold_date = {{ run_date() }}
    group by _loaded_at

),

files as (

    select * from {{ ref('ops_landed_files') }}
    where feed = 'store_sales'

)

select
    sales._loaded_at,
    sales.fact_rows,
    sales.net_paid,
    files.object_url
from sales
left join files on sales._loaded_at = files.loaded_at
order by sales._loaded_at, files.object_url
