{{ config(dist='all', sort='date_key') }}

with days as (

    select
        stg_tpcds__date_dim.*,
        row_number() over (partition by d_date order by _loaded_at desc, d_date_sk desc) as recency
    from {{ ref('stg_tpcds__date_dim') }} as stg_tpcds__date_dim

),

members as (

    select
        to_char(d_date, 'YYYYMMDD') as date_key,
        d_date,
        d_day_name
    from days
    where recency = 1

    union all

    select
        '-1' as date_key,
        cast(null as date) as d_date,
        'unknown' as d_day_name

)

select
    cast(date_key as integer) as date_key,
    d_date,
    cast(d_day_name as varchar(20)) as d_day_name
from members
