{#- Merged, so that two builds at once that see the same load list it once. Never rebuilt: which
    loads made up which batch cannot be found again from landing. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='load_key',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

-- One statement reads every landing table, so the batch is one consistent snapshot of all of
-- them. What auto-copy commits later has a _loaded_at that is not listed here: nothing
-- downstream sees it before the next run appends it.
with landed as (

    {{ landed_loads(this if is_incremental() else none) | indent }}

),

keyed as (

    select
        {{ warehouse_key(['feed', 'loaded_at', 'extract_date']) }} as load_key,
        landed.*
    from landed

)

select
    cast(keyed.load_key as bigint) as load_key,
    keyed.feed,
    keyed.loaded_at,
    keyed.extract_date,
    keyed.row_count,
    cast({{ run_date() }} as date) as run_date,
    cast(sysdate as timestamp) as batch_at
from keyed
{% if is_incremental() %}
left join {{ this }} as known on keyed.load_key = known.load_key
where known.load_key is null
{% endif %}
