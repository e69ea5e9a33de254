{{ config(
    materialized='incremental',
    incremental_strategy='replace_dates',
    unique_key=['ss_item_sk', 'ss_ticket_number'],
    on_schema_change='append_new_columns',
    dist='ss_item_sk',
    sort='sold_date',
    meta={'replaced_by': 'ss_sold_date_sk'},
) }}

{#- A dimension that is new to the fact keys all dates. The branch of single dates is rendered while
    parsing too, so that dbt sees what it refers to. -#}
{%- set own_columns = [
    'ss_sold_date_sk', 'ss_item_sk', 'ss_customer_sk', 'ss_addr_sk', 'ss_store_sk'
] -%}
{%- set added_columns = (
    sales_dimensions() | map(attribute='sale_column') | reject('in', own_columns) | list
) -%}
{%- set key_columns = sales_dimensions() | map(attribute='key') | list + added_columns -%}
{%- set rebuilds_dates = (
    not execute or (is_incremental() and not lacks_columns(this, key_columns))
) -%}

with deliveries as (

    select * from {{ ref('int_store_sales_keyed') }}

),

{%- if rebuilds_dates %}

-- The sale dates to rebuild, as source keys with -1 for "no date". Nothing is lost when a run is
-- skipped or fails: the next one finds the same dates.
touched as (

    -- landed since the fact was built
    select coalesce(ss_sold_date_sk, -1) as sold_date_sk
    from {{ ref('stg_tpcds__store_sales') }}
    where _batch_at > (
        select coalesce(max(taken_in._batch_at), cast('1900-01-01' as timestamp))
        from {{ this }} as taken_in
    )

    union

    -- the run's own
    select source_key as sold_date_sk
    from {{ ref('int_sales_keys') }}
    where dimension = 'dim_date' and business_key = cast({{ run_date() }} as varchar(10))

    union

    -- keyed otherwise than they would be now
    select coalesce(sales.ss_sold_date_sk, -1) as sold_date_sk
    from {{ this }} as sales
    {{ sales_key_joins('sales') | indent }}
    where
        {%- for each in sales_dimensions() %}
        {{ 'or ' if not loop.first -}}
        coalesce(sales.{{ each.key }}, 0) <> coalesce({{ each.dimension }}.warehouse_key, -1)
        {%- endfor %}

),

-- What the fact already has on dates that stay: an older delivery on a touched date must not beat a
-- newer one that moved the ticket line to another date.
standing as (

    select
        ss_item_sk,
        ss_ticket_number,
        _loaded_at
    from {{ this }}
    where coalesce(ss_sold_date_sk, -1) not in (select touched.sold_date_sk from touched)

),

{%- endif %}

ranked as (

    select
        deliveries.*,
        row_number() over (
            partition by ss_item_sk, ss_ticket_number
            order by
                _loaded_at desc,
                ss_sold_date_sk desc nulls last,
                ss_net_paid desc nulls last,
                ss_quantity desc nulls last,
                ss_customer_sk desc nulls last
        ) as recency
    from deliveries
    {%- if rebuilds_dates %}
    where coalesce(ss_sold_date_sk, -1) in (select touched.sold_date_sk from touched)
    {%- endif %}

)

select
    ranked.sold_date,
    {%- for each in sales_dimensions() %}
    cast(ranked.{{ each.key }} as {{ each.key_type }}) as {{ each.key }},
    {%- endfor %}
    ranked.ss_store_sk,
    ranked.ss_item_sk,
    ranked.ss_ticket_number,
    ranked.ss_quantity,
    ranked.ss_sales_price,
    ranked.ss_ext_sales_price,
    ranked.ss_net_paid,
    ranked.ss_net_profit,
    ranked.ss_sold_date_sk,
    ranked.ss_customer_sk,
    ranked.ss_addr_sk,
    {%- for column in added_columns %}
    ranked.{{ column }},
    {%- endfor %}
    ranked._loaded_at,
    ranked._batch_at
from ranked
{%- if rebuilds_dates %}
left join standing
    on ranked.ss_item_sk = standing.ss_item_sk
    and ranked.ss_ticket_number = standing.ss_ticket_number
    and ranked._loaded_at <= standing._loaded_at
where ranked.recency = 1 and standing.ss_item_sk is null
{%- else %}
where ranked.recency = 1
{%- endif %}
