{#- The sale dates that fct_store_sales must rebuild, as source keys with -1 for "no date":
    dates with deliveries that the fact has not taken in yet, the run's own date, dates with keys
    that can be resolved now, and dates keyed to an item version that does not cover them (any
    more). Nothing is lost when a run is skipped or fails: the next one finds the same dates. -#}
{% macro touched_sale_dates(fact) -%}
    -- landed since the batch that filled the fact last
    select coalesce(ss_sold_date_sk, -1) as sold_date_sk
    from {{ ref('stg_tpcds__store_sales') }}
    where _batch_at > (
        select coalesce(max(loads.batch_at), cast('1900-01-01' as timestamp))
        from {{ ref('landing_loads') }} as loads
        where loads.feed = 'store_sales'
            and loads.loaded_at = (select max(newest._loaded_at) from {{ fact }} as newest)
    )

    union

    select d_date_sk as sold_date_sk
    from {{ ref('int_date_source_keys') }}
    where d_date = {{ run_date() }}

    union

    -- keyed to a version that does not cover the sale date
    select fact.ss_sold_date_sk as sold_date_sk
    from {{ fact }} as fact
    left join {{ ref('dim_item') }} as version on fact.item_key = version.item_key
    where fact.sold_date is not null
        and (
            version.item_key is null
            or fact.sold_date >= version.valid_to
            or (fact.sold_date < version.valid_from and not version.is_first_version)
        )

    union

    -- delivered before their dimension was, and resolvable by now
    {%- for key, source_key, source_keys, source_key_column, business_key, dimension in [
        ('date_key', 'ss_sold_date_sk', 'int_date_source_keys', 'd_date_sk', 'd_date', 'dim_date'),
        ('item_key', 'ss_item_sk', 'int_item_source_keys', 'i_item_sk', 'i_item_id', 'dim_item'),
        (
            'customer_key', 'ss_customer_sk',
            'int_customer_source_keys', 'c_customer_sk', 'c_customer_id', 'dim_customer'
        ),
        (
            'address_key', 'ss_addr_sk',
            'int_address_source_keys', 'ca_address_sk', 'ca_address_id', 'dim_customer_address'
        ),
    ] %}
    {{ 'union' if not loop.first }}
    select coalesce(fact.ss_sold_date_sk, -1) as sold_date_sk
    from {{ fact }} as fact
    inner join {{ ref(source_keys) }} as source_keys
        on fact.{{ source_key }} = source_keys.{{ source_key_column }}
    inner join {{ ref(dimension) }} as members
        on source_keys.{{ business_key }} = members.{{ business_key }}
    where fact.{{ key }} = -1
    {%- if key == 'item_key' %} and fact.sold_date is not null{% endif %}
    {%- endfor %}
{%- endmacro %}
