with days as (

    select * from {{ source('tpcds', 'date_dim') }}

),

loads as (

    select *
    from {{ ref('landing_loads') }}
    where feed = 'date_dim'

),

ranked as (

    select
        days.*,
        row_number() over (
            partition by days.d_date
            order by days._loaded_at desc, days.d_date_sk desc
        ) as recency
    from days
    inner join loads on days._loaded_at = loads.loaded_at

)

select
    d_date_id,
    d_date_sk,
    d_date,
    d_day_name,
    _loaded_at
from ranked
where recency = 1
