{{ config(materialized='view', bind=false) }}

{#- What is reported of each date, zeros included: section, label, measure, in the order of the report. -#}
{%- set grain = 'one row per ss_item_sk and ss_ticket_number; lines repeated within a load' -%}
{%- set figures = [
    ('summary', 'files', ''),
    ('summary', 'rows', 'landed'),
    ('summary', 'item versions', 'opened'),
    ('summary', 'item versions', 'closed'),
    ('summary', 'addresses', 'inserted'),
    ('summary', 'addresses', 'updated'),
    ('summary', 'fact rows', ''),
    ('sales fact', grain, 'left out'),
] %}

with dates as (

    select d_date as business_date from {{ ref('dim_date') }}
    union
    select run_date as business_date from {{ ref('landing_loads') }}

),

landed as (

    select
        feed,
        loaded_at,
        object_url,
        row_count,
        run_date as business_date,
        row_number() over (
            partition by feed, loaded_at, run_date order by object_url
        ) as file_number
    from {{ ref('ops_landed_files') }}

),

feeds as (

    select
        business_date,
        feed,
        count(distinct object_url) as files,
        sum(case file_number when 1 then row_count else 0 end) as landed_rows
    from landed
    group by business_date, feed

),

items as (

    select
        valid_from,
        valid_to
    from {{ ref('dim_item') }}
    where item_key <> -1

),

addresses as (

    select
        inserted_date,
        updated_date
    from {{ ref('dim_customer_address') }}
    where address_key <> -1

),

sales_taken_in as (

    select
        landed.business_date,
        sales.ss_sold_date_sk,
        sales.ss_item_sk,
        sales.ss_ticket_number,
        sales._loaded_at
    from {{ ref('stg_tpcds__store_sales') }} as sales
    inner join landed
        on sales._loaded_at = landed.loaded_at
        and landed.feed = 'store_sales'
        and landed.file_number = 1

),

-- Lines with one key within one load: the fact keeps one of them.
repeated_lines as (

    select
        business_date,
        count(*) - 1 as repeated_lines
    from sales_taken_in
    group by business_date, _loaded_at, ss_item_sk, ss_ticket_number
    having count(*) > 1

),

facts as (

    select
        sold_date,
        ss_sold_date_sk,
        count(*) as fact_rows,
        sum(ss_net_paid) as net_paid
    from {{ ref('fct_store_sales') }}
    group by sold_date, ss_sold_date_sk

),

-- The date's own sales, and those of the other dates that its loads touched.
sale_dates as (

    select
        sold_date as business_date,
        sold_date,
        fact_rows,
        net_paid
    from facts
    where sold_date is not null
    union all
    select
        touched.business_date,
        facts.sold_date,
        facts.fact_rows,
        facts.net_paid
    from facts
    inner join (select distinct business_date, ss_sold_date_sk from sales_taken_in) as touched
        on facts.ss_sold_date_sk = touched.ss_sold_date_sk
    where facts.sold_date is null or facts.sold_date <> touched.business_date

),

counted as (

    {% for section, label, measure in figures -%}
    select
        business_date,
        '{{ section }}' as section,
        '{{ label }}' as label,
        '{{ measure }}' as measure,
        cast(0 as bigint) as figure
    from dates
    union all
    {% endfor -%}
    select business_date, 'summary', 'files', '', files from feeds
    union all
    select business_date, 'summary', 'rows', 'landed', landed_rows from feeds
    union all
    select valid_from, 'summary', 'item versions', 'opened', 1 from items
    union all
    select valid_to, 'summary', 'item versions', 'closed', 1 from items where valid_to is not null
    union all
    select inserted_date, 'summary', 'addresses', 'inserted', 1 from addresses
    union all
    select updated_date, 'summary', 'addresses', 'updated', 1 from addresses
    where inserted_date < updated_date
    union all
    select sold_date, 'summary', 'fact rows', '', fact_rows from facts where sold_date is not null
    union all
    select business_date, 'sales fact', '{{ grain }}', 'left out', repeated_lines from repeated_lines

),

lines as (

    select
        business_date,
        section,
        label,
        measure,
        cast(sum(figure) as varchar(40)) as value
    from counted
    group by business_date, section, label, measure
    union all
    select business_date, 'feeds', feed, 'files', cast(files as varchar(40)) from feeds
    union all
    select business_date, 'feeds', feed, 'rows', cast(landed_rows as varchar(40)) from feeds
    union all
    select
        business_date,
        'sales by date',
        coalesce(cast(sold_date as varchar(10)), 'unknown date'),
        'rows',
        cast(sum(fact_rows) as varchar(40))
    from sale_dates
    group by business_date, sold_date
    union all
    select
        business_date,
        'sales by date',
        coalesce(cast(sold_date as varchar(10)), 'unknown date'),
        'net paid',
        cast(cast(coalesce(sum(net_paid), 0) as numeric(38, 2)) as varchar(40))
    from sale_dates
    group by business_date, sold_date
    union all
    -- as things stand now, whatever the date
    select distinct
        cast(null as date) as business_date,
        'open files',
        files.object_url,
        'status',
        files.status
    from {{ ref('ops_load_files') }} as files
    left join {{ ref('ops_load_files') }} as loaded
        on files.object_url = loaded.object_url and loaded.status = 'ingested'
    where files.status in ('error', 'pending') and loaded.object_url is null

)

select
    cast(business_date as date) as business_date,
    cast(section as varchar(20)) as section,
    cast(label as varchar(1300)) as label,
    cast(measure as varchar(20)) as measure,
    cast(case
        {%- for section, label, measure in figures %}
        when label = '{{ label }}' and measure = '{{ measure }}' then {{ loop.index }}
        {%- endfor %}
        when measure = 'net paid' then 99
        else 98
    end as integer) as position,
    cast(value as varchar(40)) as value
from lines
