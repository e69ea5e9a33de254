-- Every key of the fact is a member of its dimension; what is unknown has key -1, which is one.
-- Keys are looked up once each, not once a sale, because there are far fewer of them.
{% for each in sales_dimensions() %}
select
    '{{ each.key }}' as unresolved,
    used.{{ each.key }} as key_value,
    used.sales,
    used.first_sold
from (
    select
        {{ each.key }},
        count(*) as sales,
        min(sold_date) as first_sold
    from {{ ref('fct_store_sales') }}
    group by {{ each.key }}
) as used
left join {{ ref(each.dimension) }} as dimension on used.{{ each.key }} = dimension.{{ each.key }}
where dimension.{{ each.key }} is null
{{ 'union all' if not loop.last }}
{% endfor %}
