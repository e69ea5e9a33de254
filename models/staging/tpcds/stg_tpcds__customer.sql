with extracts as (

    select * from {{ source('tpcds', 'customer') }}

),

loads as (

    select * from {{ ref('landing_loads') }}
    where feed = 'customer'

)

select
    extracts.*,
    loads.batch_at as _batch_at
from extracts
inner join loads
    on extracts._loaded_at = loads.loaded_at
    and extracts.extract_date = loads.extract_date
