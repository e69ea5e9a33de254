{{ config(materialized='incremental', incremental_strategy='append') }}

-- How far the dimensions have come: the newest extract of any of their feeds as of each run that
-- got further than those before it. A run for an older date finds a later one here.
with extracts as (

    {% for feed in ['item', 'customer', 'customer_address'] %}
    select max(landed.extract_date) as extract_date
    from {{ source('tpcds', feed) }} as landed
    inner join {{ ref('stg_landing__loads') }} as loads
        on loads.feed = '{{ feed }}' and landed._loaded_at = loads.loaded_at
    where landed.extract_date <= {{ run_date() }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select coalesce(max(extract_date), cast('1900-01-01' as date)) as reached
from extracts
{%- if is_incremental() %}
having max(extract_date) > (select max(known.reached) from {{ this }} as known)
{%- endif %}
