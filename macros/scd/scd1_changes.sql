{#- The rows that a type 1 dimension has to merge: new members, members whose attributes differ,
    and members delivered again (extract_date says how far the dimension has come).

    `members` is a CTE with the key, the attributes and extract_date. -#}
{% macro scd1_changes(members, key, attributes) -%}
select
    {{ members }}.{{ key }},
    {%- for attribute in attributes %}
    {{ members }}.{{ attribute }},
    {%- endfor %}
    {{ members }}.extract_date,
    {%- if is_incremental() %}
    coalesce(known.inserted_date, {{ members }}.extract_date) as inserted_date,
    case
        when known.{{ key }} is null or {{ differs('known', members, attributes) }}
            then {{ members }}.extract_date
        else known.updated_date
    end as updated_date
from {{ members }}
left join {{ this }} as known on {{ members }}.{{ key }} = known.{{ key }}
where
    {{ not_older_than(this) }}
    and (
        known.{{ key }} is null
        or known.extract_date <> {{ members }}.extract_date
        or {{ differs('known', members, attributes) }}
    )
    {%- else %}
    {{ members }}.extract_date as inserted_date,
    {{ members }}.extract_date as updated_date
from {{ members }}
    {%- endif %}
{%- endmacro %}
