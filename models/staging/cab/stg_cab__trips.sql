with trips as (

    select * from {{ source('cab', 'cab_sales_data') }}

),

loads as (

    select *
    from {{ ref('landing_loads') }}
    where feed = 'cab_sales_data'

)

select
    trips.vendorid,
    trips.pickup_datetime,
    trips.dropoff_datetime,
    trips.passenger_count,
    trips.trip_distance,
    trips.fare_amount,
    trips.extra,
    trips.mta_tax,
    trips.tip_amount,
    trips.tolls_amount,
    trips.improvement_surcharge,
    trips.total_amount,
    trips.payment_type,
    trips.trip_type,
    trips._loaded_at
from trips
inner join loads on trips._loaded_at = loads.loaded_at
