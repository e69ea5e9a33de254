with sales as (

    select * from {{ ref('stg_tpcds__store_sales') }}

),
{{ sales_key_members() }}

select
    sales.*,
    dim_date.d_date as sold_date,
    {%- for each in sales_dimensions() %}
    coalesce({{ each.dimension }}.{{ each.key }}, -1) as {{ each.key }}{{ ',' if not loop.last }}
    {%- endfor %}
from sales
{{ sales_key_joins('sales') }}
