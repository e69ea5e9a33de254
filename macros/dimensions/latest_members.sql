{#- A type 1 dimension is what is open in a history that tracks every attribute. -#}
{% macro latest_members(staging, business_key, source_key, attributes, also_touched=none) -%}
with versions as (

    {{ member_history(
        staging, business_key, source_key, attributes,
        rebuild=gains_columns(attributes), also_touched=also_touched
    ) | indent }}

),

members as (

    select
        versions.*,
        min(valid_from) over (partition by {{ business_key }}) as inserted_date
    from versions

)

select
    {{ business_key }},
    {{ attributes | join(',\n    ') }},
    inserted_date,
    valid_from as updated_date,
    extract_date,
    _batch_at
from members
where valid_to is null
{%- endmacro %}
