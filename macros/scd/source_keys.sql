{#- Every source key that a feed ever delivered, with the business key it stands for: one entity
    has many source keys over time, and sales carry whichever was valid when they were made. -#}
{% macro source_keys(source_name, feed, source_key, business_key, recency) -%}
with delivered as (

    select * from {{ source(source_name, feed) }}

),

loads as (

    select *
    from {{ ref('stg_landing__loads') }}
    where feed = '{{ feed }}'

),

ranked as (

    select
        delivered.{{ source_key }},
        delivered.{{ business_key }},
        row_number() over (
            partition by delivered.{{ source_key }}
            order by {% for column in recency %}delivered.{{ column }} desc, {% endfor -%}
                delivered.{{ business_key }} desc
        ) as recency
    from delivered
    inner join loads on delivered._loaded_at = loads.loaded_at

)

select
    {{ source_key }},
    {{ business_key }}
from ranked
where recency = 1
{%- endmacro %}
