{#- The rows that a type 1 dimension has to merge: new members, and members whose attributes
    differ. `members` is a CTE with the business key, the attributes, extract_date, and the warehouse's
    key of members that have a fixed one (-1 of the unknown); where it is null, it is that which
    the dimension has already, or is made of the business key - for new members only, because
    hashing every key every day is most of what such a run would cost. -#}
{% macro scd1_changes(members, key, business_key, attributes) -%}
{#- Rendered while parsing too, so that dbt sees what it refers to. -#}
{%- set guard = history_goes_on() if is_incremental() or not execute -%}
{%- set new_key = warehouse_key([members ~ '.' ~ business_key]) -%}
select
    {%- if is_incremental() %}
    cast(coalesce({{ members }}.{{ key }}, known.{{ key }}, {{ new_key }}) as bigint) as {{ key }},
    {%- else %}
    cast(coalesce({{ members }}.{{ key }}, {{ new_key }}) as bigint) as {{ key }},
    {%- endif %}
    {{ members }}.{{ business_key }},
    {%- for attribute in attributes %}
    {{ members }}.{{ attribute }},
    {%- endfor %}
    {%- if is_incremental() %}
    coalesce(known.inserted_date, {{ members }}.extract_date) as inserted_date,
    {%- else %}
    {{ members }}.extract_date as inserted_date,
    {%- endif %}
    {{ members }}.extract_date as updated_date
from {{ members }}
{%- if is_incremental() %}
left join {{ this }} as known
    on {{ members }}.{{ business_key }} = known.{{ business_key }}
    and coalesce({{ members }}.{{ key }}, 0) = case when known.{{ key }} = -1 then -1 else 0 end
where
    {{ guard }}
    and (known.{{ key }} is null or {{ differs('known', members, attributes) }})
{%- endif %}
{%- endmacro %}
