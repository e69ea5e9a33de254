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
--
-- How long a load may take from its start, which dates it, to its commit: three days. Loads that
-- began longer before the newest known one of their feed are listed already, so landing is not read
-- further back, and a run costs what is new.
with landed as (

    select
        cast(null as varchar(127)) as feed,
        cast(null as timestamp) as loaded_at,
        cast(null as date) as extract_date,
        cast(null as bigint) as row_count
    where 1 = 0
    {%- for feed in (landing_feeds() if execute else []) %}
    {%- set extract_date = 'extract_date' if 'extract_date' in feed.columns | map(attribute='name') %}
    union all
    select
        {{ quoted_text(feed.table) }},
        _loaded_at,
        {{ extract_date or 'null' }},
        count(*)
    from {{ feed.relation }} as deliveries
    {%- if is_incremental() %}
    where _loaded_at > (
        select dateadd(day, -3, coalesce(max(known.loaded_at), cast('1900-01-04' as timestamp)))
        from {{ this }} as known
        where known.feed = {{ quoted_text(feed.table) }}
    )
    {%- endif %}
    group by _loaded_at{{ ', extract_date' if extract_date }}
    {%- endfor %}

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
