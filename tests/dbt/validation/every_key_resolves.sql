-- Every key of the fact is a member of its dimension; what is unknown has key -1, which is one.
-- Keys are looked up once each, not once a sale, because there are far fewer of them.
{% set dimensions = {
    'date_key': ref('dim_date'),
    'item_key': ref('dim_item'),
    'customer_key': ref('dim_customer'),
    'address_key': ref('dim_customer_address'),
} %}

{% for key, dimension in dimensions.items() %}
select
    '{{ key }}' as unresolved,
    held.{{ key }} as key_value,
    held.sales,
    held.first_sold
from (
    select
        {{ key }},
        count(*) as sales,
        min(sold_date) as first_sold
    from {{ ref('fct_store_sales') }}
    group by {{ key }}
) as held
left join {{ dimension }} as dimension on held.{{ key }} = dimension.{{ key }}
where dimension.{{ key }} is null
{{ 'union all' if not loop.last }}
{% endfor %}
