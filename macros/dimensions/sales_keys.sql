{#- How a sale finds the warehouse's keys, for every dimension of the registry. int_store_sales_keyed
    keys deliveries with it, and fct_store_sales finds the rows whose keys have changed since. -#}

{#- CTEs named like the dimensions: its members by each source key they ever had. The unknown member
    has no source key. -#}
{% macro sales_key_members() -%}
    {%- for each in sales_dimensions() %}
{{ each.dimension }} as (

    select
        source_keys.source_key,
        members.*
    from {{ ref('int_source_keys') }} as source_keys
    inner join {{ ref(each.dimension) }} as members
        on source_keys.business_key = cast(members.{{ each.business_key }} as varchar(256))
    where source_keys.dimension = '{{ each.dimension }}' and members.{{ each.key }} <> -1

){{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}

{#- Joins of these CTEs to `sales`. The first version of a member is open to the past; without a sale
    date no version can be found. -#}
{% macro sales_key_joins(sales) -%}
    {%- for each in sales_dimensions() %}
left join {{ each.dimension }}
    on {{ sales }}.{{ each.sale_column }} = {{ each.dimension }}.source_key
    {%- if each.has_history %}
    and dim_date.d_date is not null
    and (dim_date.d_date >= {{ each.dimension }}.valid_from or {{ each.dimension }}.is_first_version)
    and (dim_date.d_date < {{ each.dimension }}.valid_to or {{ each.dimension }}.valid_to is null)
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
