with days as (

    select * from {{ source('tpcds', 'date_dim') }}

),

loads as (

    select * from {{ ref('landing_loads') }}
    where feed = 'date_dim'

)

select
    days.*,
    loads.batch_at as _batch_at
from days
inner join loads on days._loaded_at = loads.loaded_at
