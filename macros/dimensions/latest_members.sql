{#- Query of a type 1 dimension: one row per member with the attributes of its latest extract, and
    extract_date, _batch_at, inserted_date (its first extract) and updated_date (the extract that
    changed an attribute last). Of several deliveries of one extract the latest counts.

    Incremental: the members that were touched since, each with all of its extracts, so that one that
    comes late or out of order gives what the same extracts in order would have given. When an attribute
    is new to the dimension, every member is. -#}
{% macro latest_members(staging, business_key, source_key, attributes) -%}
with {{ delivered_rows(staging, business_key, rebuild=gains_columns(attributes)) }},

deliveries as (

    select
        delivered.*,
        row_number() over (
            partition by {{ business_key }}, extract_date
            order by _loaded_at desc, {{ source_key }} desc
            {%- for attribute in attributes %}, {{ attribute }} desc{% endfor %}
        ) as delivery_rank
    from delivered

),

extracts as (

    select
        deliveries.*,
        lag(extract_date) over (partition by {{ business_key }} order by extract_date)
            as previous_extract_date
        {%- for attribute in attributes %},
        lag({{ attribute }}) over (partition by {{ business_key }} order by extract_date)
            as previous_{{ attribute }}
        {%- endfor %}
    from deliveries
    where delivery_rank = 1

),

changes as (

    select
        extracts.*,
        case
            when previous_extract_date is null then extract_date
            {%- for attribute in attributes %}
            when {{ is_different(attribute, 'previous_' ~ attribute) }} then extract_date
            {%- endfor %}
        end as changed_date
    from extracts

),

members as (

    select
        changes.*,
        min(extract_date) over (partition by {{ business_key }}) as inserted_date,
        max(changed_date) over (partition by {{ business_key }}) as updated_date,
        max(_batch_at) over (partition by {{ business_key }}) as newest_batch_at,
        row_number() over (partition by {{ business_key }} order by extract_date desc) as recency
    from changes

)

select
    {{ business_key }},
    {%- for attribute in attributes %}
    {{ attribute }},
    {%- endfor %}
    inserted_date,
    updated_date,
    extract_date,
    newest_batch_at as _batch_at
from members
where recency = 1
{%- endmacro %}
