{{ config(dist='all', sort='date_key') }}

select
    cast(to_char(d_date, 'YYYYMMDD') as integer) as date_key,
    d_date,
    cast(d_day_name as varchar(20)) as d_day_name
from {{ ref('stg_tpcds__date_dim') }}

union all

select
    cast(-1 as integer) as date_key,
    cast(null as date) as d_date,
    cast('unknown' as varchar(20)) as d_day_name
