{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['dimension', 'source_key'],
    on_schema_change='append_new_columns',
    dist='all',
    sort=['dimension', 'source_key'],
) }}

-- Every source key that a dimension's feed ever delivered, with the business key it stands for: one
-- member has many source keys over time, and sales carry whichever was valid when they were made. A
-- later extract says whose a key is by now, an older one that comes late does not.
with delivered as (

    {%- for each in sales_dimensions() %}
    select
        cast('{{ each.dimension }}' as varchar(127)) as dimension,
        cast({{ each.source_key }} as bigint) as source_key,
        cast({{ each.business_key }} as varchar(256)) as business_key,
        {{ 'extract_date' if each.is_dated else "cast('1900-01-01' as date)" }} as extract_date,
        _loaded_at,
        _batch_at
    from {{ ref(each.staging) }}
    where
        {{ each.source_key }} is not null
        and {{ each.business_key }} is not null
        {%- if is_incremental() %}
        and _batch_at > (
            select coalesce(max(known._batch_at), cast('1900-01-01' as timestamp))
            from {{ this }} as known
            where known.dimension = '{{ each.dimension }}'
        )
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

ranked as (

    select
        delivered.*,
        row_number() over (
            partition by dimension, source_key
            order by extract_date desc, _loaded_at desc, business_key desc
        ) as recency
    from delivered

)

select
    ranked.dimension,
    ranked.source_key,
    ranked.business_key,
    ranked.extract_date,
    ranked._loaded_at,
    ranked._batch_at
from ranked
{%- if is_incremental() %}
left join {{ this }} as known
    on ranked.dimension = known.dimension and ranked.source_key = known.source_key
where
    ranked.recency = 1
    and (
        known.source_key is null
        or ranked.extract_date > known.extract_date
        or (ranked.extract_date = known.extract_date and ranked._loaded_at > known._loaded_at)
        or (
            ranked.extract_date = known.extract_date
            and ranked._loaded_at = known._loaded_at
            and ranked.business_key > known.business_key
        )
    )
{%- else %}
where ranked.recency = 1
{%- endif %}
