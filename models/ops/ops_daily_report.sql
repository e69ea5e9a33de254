{{ config(materialized='view', bind=false) }}

{#- What is reported of each date, zeros included, in the order of the report: section, label and
    measure, and where it comes from: relation, date and figure. -#}
{%- set grain = 'one row per ss_item_sk and ss_ticket_number; lines repeated within a load' -%}
{%- set figures = [
    ('summary', 'files', '', 'feeds', 'business_date', 'files'),
    ('summary', 'rows', 'landed', 'feeds', 'business_date', 'landed_rows'),
    ('summary', 'item versions', 'opened', 'items', 'valid_from', '1'),
    ('summary', 'item versions', 'closed', 'items', 'valid_to', '1'),
    ('summary', 'addresses', 'inserted', 'addresses', 'inserted_date', '1'),
    ('summary', 'addresses', 'updated', 'addresses', 'changed_date', '1'),
    ('summary', 'fact rows', '', 'facts', 'sold_date', 'fact_rows'),
    ('sales fact', grain, 'left out', 'repeated_lines', 'business_date', 'repeated_lines'),
] %}

with loads as (

    select * from {{ ref('landing_loads') }}

),

landed as (

    select
        feed,
        loaded_at,
        object_url,
        row_count,
        file_row_count,
        run_date as business_date,
        row_number() over (
            partition by feed, loaded_at, run_date order by object_url
        ) as file_number
    from {{ ref('ops_landed_files') }}

),

-- A file belongs to the date in its key, whichever build took it in, so that a build before the
-- run, or another run, changes nothing. What looks like a date and is none is not in the calendar.
feeds as (

    select
        coalesce(calendar.d_date, landed.business_date) as business_date,
        landed.feed,
        count(distinct landed.object_url) as files,
        coalesce(sum(landed.file_row_count), 0) as landed_rows,
        sum(case when landed.object_url is null then landed.row_count else 0 end)
            as rows_of_no_file
    from landed
    left join {{ ref('dim_date') }} as calendar
        on to_char(calendar.d_date, 'YYYY-MM-DD')
        = regexp_substr(landed.object_url, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
    group by coalesce(calendar.d_date, landed.business_date), landed.feed

),

-- Every day from the first that took loads in to the last that did or was delivered, by whichever
-- day's run; and the former themselves, which a calendar may lack.
dates as (

    select d_date as business_date from {{ ref('dim_date') }}
    where
        d_date >= (select min(loads.run_date) from loads)
        and d_date <= (select max(greatest(loads.run_date, loads.extract_date)) from loads)
    union
    select run_date as business_date from loads
    union
    select business_date from feeds

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
        case when inserted_date < updated_date then updated_date end as changed_date
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

touched as (

    select distinct
        business_date,
        ss_sold_date_sk
    from sales_taken_in

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
    inner join touched
        on facts.ss_sold_date_sk = touched.ss_sold_date_sk
    where facts.sold_date is null or facts.sold_date <> touched.business_date

),

counted as (

    {% for section, label, measure, relation, day, figure in figures -%}
    select
        business_date,
        cast('{{ section }}' as varchar(20)) as section,
        cast('{{ label }}' as varchar(1300)) as label,
        cast('{{ measure }}' as varchar(20)) as measure,
        cast(0 as bigint) as figure
    from dates
    union all
    select
        {{ day }} as business_date,
        cast('{{ section }}' as varchar(20)) as section,
        cast('{{ label }}' as varchar(1300)) as label,
        cast('{{ measure }}' as varchar(20)) as measure,
        {{ figure }} as figure
    from {{ relation }}
    where {{ day }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

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
    {%- for measure, figure in [
        ('files', 'files'), ('rows', 'landed_rows'), ('rows of no file', 'rows_of_no_file')
    ] %}
    select
        business_date,
        'feeds' as section,
        feed as label,
        '{{ measure }}' as measure,
        cast({{ figure }} as varchar(40)) as value
    from feeds
    {%- if measure == 'rows of no file' %}
    where rows_of_no_file > 0
    {%- endif %}
    union all
    {%- endfor %}
    {%- for measure, figure in [
        ('rows', 'sum(fact_rows)'), ('net paid', 'cast(coalesce(sum(net_paid), 0) as numeric(38, 2))')
    ] %}
    select
        business_date,
        'sales by date' as section,
        coalesce(cast(sold_date as varchar(10)), 'unknown date') as label,
        '{{ measure }}' as measure,
        cast({{ figure }} as varchar(40)) as value
    from sale_dates
    group by business_date, sold_date
    union all
    {%- endfor %}
    -- as things stand now, whatever the date
    select distinct
        cast(null as date) as business_date,
        'open files' as section,
        files.object_url as label,
        'status' as measure,
        files.status as value
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
        {%- for _, label, measure, _, _, _ in figures %}
        when label = '{{ label }}' and measure = '{{ measure }}' then {{ loop.index }}
        {%- endfor %}
        when measure = 'net paid' then 99
        else 98
    end as integer) as sort_order,
    cast(value as varchar(40)) as value
from lines
