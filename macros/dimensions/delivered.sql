{#- What the dimensions are made of: the delivered rows that the watermark admits. Both CTEs depend on
    landing and watermark alone, so that a full refresh, a repeated build and a build for an older date
    all give the same.

    `delivered`: the admitted rows of a staging model, those of touched members only where the model is
    built incrementally. A member is touched by rows of a batch that the model has not taken in yet, or of
    an extract date that was beyond the watermark when it did. `this` has _batch_at and extract_date of
    what it has taken in. -#}
{% macro delivered_rows(staging, business_key, rebuild=false) -%}
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

    select admitted.{{ business_key }} as member
    from admitted
    cross join taken_in
    where admitted._batch_at > taken_in.batch_at
    union
    select admitted.{{ business_key }} as member
    from admitted
    cross join taken_in
    where admitted.extract_date > taken_in.extract_date

),

delivered as (

    select admitted.*
    from admitted
    inner join touched on admitted.{{ business_key }} = touched.member

)
{%- else %}
delivered as (

    select * from admitted

)
{%- endif %}
{%- endmacro %}
