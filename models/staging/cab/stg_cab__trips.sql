with trips as (

    select * from {{ source('cab', 'cab_sales_data') }}

),

loads as (

    select * from {{ ref('landing_loads') }}
    where feed = 'cab_sales_data'

)

select
    trips.*,
    loads.batch_at as _batch_at
from trips
inner join loads on trips._loaded_at = loads.loaded_at
