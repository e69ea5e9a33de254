{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['dimension', 'source_key'],
    on_schema_change='append_new_columns',
    dist='all',
    sort=['dimension', 'source_key'],
) }}

-- Every source key that a dimension's feed delivered, up to the watermark, with the business key it
-- stands for: one member has many source keys over time, and sales carry whichever was valid when
-- they were made. A later extract says whose a key is by now, an older one that comes late does
-- not.
with watermark as (

    select
        max(reached) as reached,
        max(batch_at) as batch_at
    from {{ ref('int_business_date_watermark') }}

),

known as (

    {%- if is_incremental() %}
    select
        dimension,
        source_key,
        business_key,
        extract_date,
        _loaded_at,
        _batch_at
    from {{ this }}
    {%- else %}
    select
        cast(null as varchar(127)) as dimension,
        cast(null as bigint) as source_key,
        cast(null as varchar(256)) as business_key,
        cast(null as date) as extract_date,
        cast(null as timestamp) as _loaded_at,
        cast(null as timestamp) as _batch_at
    where 1 = 0
    {%- endif %}

),

taken_in as (

    select
        dimension,
        max(extract_date) as extract_date,
        max(_batch_at) as batch_at
    from known
    group by dimension

),

delivered as (

    {%- for each in sales_dimensions() %}
    select
        cast('{{ each.dimension }}' as varchar(127)) as dimension,
        cast({{ each.source_key }} as bigint) as source_key,
        cast({{ each.business_key }} as varchar(256)) as business_key,
        {{ 'extract_date' if each.is_dated else "cast('1900-01-01' as date)" }} as extract_date,
        _loaded_at,
        _batch_at
    from {{ ref(each.staging) }}
    where {{ each.source_key }} is not null and {{ each.business_key }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

candidates as (

    select
        delivered.*,
        false as is_known
    from delivered
    cross join watermark
    left join taken_in on delivered.dimension = taken_in.dimension
    where
        delivered.extract_date <= watermark.reached
        and delivered._batch_at <= watermark.batch_at
        and (
            taken_in.dimension is null
            or delivered._batch_at > taken_in.batch_at
            or delivered.extract_date > taken_in.extract_date
        )
    union all
    select
        known.*,
        true as is_known
    from known

),

ranked as (

    select
        candidates.*,
        row_number() over (
            partition by dimension, source_key
            order by extract_date desc, _loaded_at desc, business_key desc, is_known desc
        ) as recency
    from candidates

)

select
    dimension,
    source_key,
    business_key,
    extract_date,
    _loaded_at,
    _batch_at
from ranked
where recency = 1 and not is_known
