{#- Landing and watermark alone decide, so that a full refresh, a repeated build and a build for an older
    date all give the same. `this` has _batch_at and extract_date of what it has taken in; a row of an
    older batch is new to it when its date was beyond the watermark then. -#}
{% macro delivered_rows(staging, business_key, rebuild=false, also_touched=none) -%}
watermark as (

    select
        max(reached) as reached,
        max(batch_at) as batch_at
    from {{ ref('int_business_date_watermark') }}

),

admitted as (

    select rows.*
    from {{ staging }} as rows
    cross join watermark
    where
        rows.{{ business_key }} is not null
        and rows.extract_date <= watermark.reached
        and rows._batch_at <= watermark.batch_at

),
{% if is_incremental() and not rebuild %}
taken_in as (

    select
        coalesce(max(extract_date), cast('1900-01-01' as date)) as extract_date,
        coalesce(max(_batch_at), cast('1900-01-01' as timestamp)) as batch_at
    from {{ this }}

),

touched as (

    select distinct admitted.{{ business_key }} as member
    from admitted
    cross join taken_in
    where
        admitted._batch_at > taken_in.batch_at
        or admitted.extract_date > taken_in.extract_date
    {%- if also_touched %}
    union
    {{ also_touched }}
    {%- endif %}

),

{%- endif %}
delivered as (

    select admitted.*
    from admitted
    {%- if is_incremental() and not rebuild %}
    inner join touched on admitted.{{ business_key }} = touched.member
    {%- endif %}

)
{%- endmacro %}
