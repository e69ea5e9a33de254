with sales as (

    select * from {{ ref('stg_tpcds__store_sales') }}

)

select
    sales.*,
    cast(dim_date.business_key as date) as sold_date,
    {%- for each in sales_dimensions() %}
    coalesce({{ each.dimension }}.warehouse_key, -1) as {{ each.key }}{{ ',' if not loop.last }}
    {%- endfor %}
from sales
{{ sales_key_joins('sales') }}
