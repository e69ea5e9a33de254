{#- Every source key that a feed ever delivered, with the business key it stands for: one entity
    has many source keys over time, and sales carry whichever was valid when they were made.

    Incremental: what earlier batches brought is in the table, and a later delivery of a key
    replaces it when it is newer by `recency`, the same order that a full refresh goes by. -#}
{% macro source_keys(source_name, feed, source_key, business_key, recency) -%}
with delivered as (

    select * from {{ source(source_name, feed) }}
    where {{ source_key }} is not null

),

loads as (

    select
        loaded_at,
        batch_at
    from {{ ref('landing_loads') }}
    where feed = '{{ feed }}'
    {%- if is_incremental() %}
        and batch_at > {{ last_batch(this) }}
    {%- endif %}

),

ranked as (

    select
        delivered.*,
        loads.batch_at as _batch_at,
        row_number() over (
            partition by delivered.{{ source_key }}
            order by {% for column in recency %}delivered.{{ column }} desc nulls last, {% endfor -%}
                delivered.{{ business_key }} desc nulls last
        ) as position
    from delivered
    inner join loads on delivered._loaded_at = loads.loaded_at

)

select
    ranked.{{ source_key }},
    ranked.{{ business_key }},
    {%- for column in recency %}
    ranked.{{ column }},
    {%- endfor %}
    ranked._batch_at
from ranked
{{ newest(source_key, recency + [business_key]) }}
{%- endmacro %}
