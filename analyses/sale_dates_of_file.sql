-- Which sale dates must be rebuilt if a file was bad, and how many rows of each came with it:
--   dbt show --select sale_dates_of_file --limit -1 \
--     --vars '{file: "s3://retail-landing/store_sales/…"}'
with files as (

    select * from {{ ref('ops_landed_files') }}
    where feed = 'store_sales'

),

deliveries as (

    select
        sales.ss_sold_date_sk,
        count(*) as landed_rows
    from {{ ref('stg_tpcds__store_sales') }} as sales
    inner join files on sales._loaded_at = files.loaded_at
    where files.object_url = {{ quoted_text(var('file', '')) }}
    group by sales.ss_sold_date_sk

)

select
    dates.business_key as sold_date,
    deliveries.ss_sold_date_sk,
    deliveries.landed_rows
from deliveries
left join {{ ref('int_source_keys') }} as dates
    on deliveries.ss_sold_date_sk = dates.source_key and dates.dimension = 'dim_date'
order by dates.business_key
