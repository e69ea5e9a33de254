{#- The rows that a type 1 dimension has to merge: new members, and members whose attributes
    differ. `members` is a CTE with the key, the attributes and extract_date. -#}
{% macro scd1_changes(members, key, attributes) -%}
{#- Rendered while parsing too, so that dbt sees what it refers to. -#}
{%- set guard = history_goes_on() if is_incremental() or not execute -%}
select
    {{ members }}.{{ key }},
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
left join {{ this }} as known on {{ members }}.{{ key }} = known.{{ key }}
where
    {{ guard }}
    and (known.{{ key }} is null or {{ differs('known', members, attributes) }})
{%- endif %}
{%- endmacro %}
