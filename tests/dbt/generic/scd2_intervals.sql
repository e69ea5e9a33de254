{#- The versions of each member form one line of half-open intervals: every version starts where
    the one before it ends, none is empty, and exactly one is open. -#}
{% test scd2_intervals(model, key, valid_from, valid_to) %}
with versions as (

    select
        {{ key }},
        {{ valid_from }} as valid_from,
        {{ valid_to }} as valid_to,
        lead({{ valid_from }}) over (
            partition by {{ key }} order by {{ valid_from }}, {{ valid_to }} nulls last
        ) as next_from,
        count(*) over (partition by {{ key }}) - count({{ valid_to }}) over (partition by {{ key }})
            as open_versions
    from {{ model }}

)

select *
from versions
where
    valid_from is null
    or valid_to <= valid_from
    or valid_to <> next_from
    or (valid_to is null and next_from is not null)
    or (valid_to is not null and next_from is null)
    or open_versions <> 1
{% endtest %}
