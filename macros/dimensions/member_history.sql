{% macro member_history(
    staging, business_key, source_key, tracked, overwritten=[], carried=[], deciding=[], also_touched=none
) -%}
{%- set declaration = local_md5(tojson([tracked, overwritten, carried, deciding])) -%}
{%- set rebuild = is_declared_otherwise(declaration, tracked + overwritten + carried) -%}
with {{ delivered_rows(staging, business_key, rebuild, also_touched) }},

-- of each source key the latest delivery
deliveries as (

    select *
    from delivered as each_delivery
    qualify row_number() over (
        partition by {{ business_key }}, {{ source_key }}, extract_date
        order by
            _loaded_at desc
            {%- for term in deciding + tracked + overwritten + carried %},
            {{ term }}{{ ' desc' if term not in deciding }}
            {%- endfor %}
    ) = 1

),

-- and of these one
extracts as (

    select *
    from deliveries as each_delivery
    qualify row_number() over (
        partition by {{ business_key }}, extract_date
        order by {% for term in deciding %}{{ term }}, {% endfor %}_loaded_at desc, {{ source_key }} desc
    ) = 1

),

states as (

    select
        extracts.*,
        lag(extract_date) over (partition by {{ business_key }} order by extract_date)
            as previous_extract_date
        {%- for column in tracked %},
        lag({{ column }}) over (partition by {{ business_key }} order by extract_date)
            as previous_{{ column }}
        {%- endfor %}
    from extracts

),

numbered as (

    select
        states.*,
        sum(
            case
                when previous_extract_date is null then 1
                {%- for column in tracked %}
                when {{ column }} <> previous_{{ column }} then 1
                when ({{ column }} is null) <> (previous_{{ column }} is null) then 1
                {%- endfor %}
                else 0
            end
        ) over (
            partition by {{ business_key }} order by extract_date rows unbounded preceding
        ) as version
    from states

),

described as (

    select
        numbered.*,
        min(extract_date) over (partition by {{ business_key }}, version) as valid_from,
        max(extract_date) over (partition by {{ business_key }}) as last_extract_date,
        max(_batch_at) over (partition by {{ business_key }}) as newest_batch_at,
        {%- for column in carried %}
        first_value({{ column }}) over (
            partition by {{ business_key }}, version
            order by extract_date rows between unbounded preceding and unbounded following
        ) as carried_{{ column }},
        {%- endfor %}
        row_number() over (
            partition by {{ business_key }}, version order by extract_date desc
        ) as recency
    from numbered

)

select
    {{ ([business_key] + tracked + overwritten) | join(',\n    ') }},
    {%- for column in carried %}
    carried_{{ column }} as {{ column }},
    {%- endfor %}
    valid_from,
    lead(valid_from) over (partition by {{ business_key }} order by valid_from) as valid_to,
    last_extract_date as extract_date,
    newest_batch_at as _batch_at,
    cast('{{ declaration }}' as varchar(32)) as _declaration
from described
where recency = 1
{%- endmacro %}

{% macro is_declared_otherwise(declaration, columns) %}
    {%- set query = 'select 1 from ' ~ this ~ " where coalesce(_declaration, '') <> '" ~ declaration ~ "' limit 1" -%}
    {{ return(execute and is_incremental() and (
        lacks_columns(this, columns)
        or not lacks_columns(this, ['_declaration']) and run_query(query).rows | length > 0
    )) }}
{% endmacro %}
