-- Every key of the fact is a member of its dimension; what is unknown has key -1, which is one.
{% set dimensions = {
    'date_key': ref('dim_date'),
    'item_key': ref('dim_item'),
    'customer_key': ref('dim_customer'),
    'address_key': ref('dim_customer_address'),
} %}

{% for key, dimension in dimensions.items() %}
select
    '{{ key }}' as unresolved,
    fact.sold_date,
    fact.ss_item_sk,
    fact.ss_ticket_number
from {{ ref('fct_store_sales') }} as fact
left join {{ dimension }} as dimension on fact.{{ key }} = dimension.{{ key }}
where dimension.{{ key }} is null
{{ 'union all' if not loop.last }}
{% endfor %}
