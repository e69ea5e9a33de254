{#- Without a sale date no version can be found. -#}
{% macro sales_key_joins(sales) -%}
    {%- for each in sales_dimensions() %}
left join {{ ref('int_sales_keys') }} as {{ each.dimension }}
    on {{ each.dimension }}.dimension = '{{ each.dimension }}'
    and {{ sales }}.{{ each.sale_column }} = {{ each.dimension }}.source_key
    {%- if each.has_history %}
    and cast(dim_date.business_key as date) >= {{ each.dimension }}.valid_from
    and cast(dim_date.business_key as date) < {{ each.dimension }}.valid_to
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
