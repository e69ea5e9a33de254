{#- The feeds whose loads make up a batch. A new feed is added here, and only here. -#}
{%- set feeds = [
    ('tpcds', 'store_sales'),
    ('tpcds', 'item'),
    ('tpcds', 'customer'),
    ('tpcds', 'customer_address'),
    ('tpcds', 'date_dim'),
    ('cab', 'cab_sales_data'),
] -%}

{#- Merged, so that two builds at once that see the same load list it once. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['feed', 'loaded_at'],
) }}

{#- How long a load may take from its start, which dates it, to its commit. Loads that began longer
    before the newest known one of their feed are known themselves, so landing is not read further
    back and a run costs what is new, not what has piled up. -#}
{%- set longest_load_days = 3 -%}

-- One statement reads every landing table, so the batch is one consistent snapshot of all of
-- them. What auto-copy commits later has a _loaded_at that is not listed here: nothing
-- downstream sees it before the next run appends it.
with landed as (

    {% for source_name, feed in feeds %}
    select
        cast('{{ feed }}' as varchar(127)) as feed,
        _loaded_at as loaded_at,
        count(*) as row_count
    from {{ source(source_name, feed) }}
    {%- if is_incremental() %}
    where _loaded_at > (
        select dateadd(day, -{{ longest_load_days }}, coalesce(max(newest.loaded_at), '1900-01-04'))
        from {{ this }} as newest
        where newest.feed = '{{ feed }}'
    )
    {%- endif %}
    group by _loaded_at
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    landed.feed,
    landed.loaded_at,
    landed.row_count,
    cast({{ run_date() }} as date) as run_date,
    cast(sysdate as timestamp) as batch_at
from landed
{% if is_incremental() %}
left join {{ this }} as taken
    on landed.feed = taken.feed and landed.loaded_at = taken.loaded_at
where taken.feed is null
{% endif %}
