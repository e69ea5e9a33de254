with deliveries as (

    select * from {{ source('tpcds', 'store_sales') }}

),

loads as (

    select * from {{ ref('landing_loads') }}
    where feed = 'store_sales'

)

select
    deliveries.*,
    loads.batch_at as _batch_at
from deliveries
inner join loads on deliveries._loaded_at = loads.loaded_at
