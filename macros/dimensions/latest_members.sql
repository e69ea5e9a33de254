{#- One row per member as of the run date: from its latest extract up to that day, of several
    deliveries the last.

    Incremental: a table that each batch moves on. Still to come into it are the rows of later batches,
    and of earlier ones those with an extract date that no run had reached; a run for an older date
    adds nothing, because it would hide from the next run what it leaves out. -#}
{% macro latest_members(source_name, feed, business_key, source_key, attributes) -%}
{#- Rendered while parsing too, so that dbt sees what it refers to. -#}
{%- set guard = history_goes_on() if is_incremental() or not execute -%}
{%- set recency = ['extract_date', '_loaded_at', source_key] -%}
{#- Each in a query of its own: "or" between them would have all of landing read. -#}
{%- set arrivals = [
    'loads.batch_at > ' ~ last_batch(this),
    'loads.batch_at <= ' ~ last_batch(this) ~ ' and extracts.extract_date > ' ~ last_extract(this),
] if is_incremental() else ['true'] -%}
with loads as (

    select
        loaded_at,
        batch_at
    from {{ ref('landing_loads') }}
    where feed = '{{ feed }}'

),

arrived as (

    {%- for arrival in arrivals %}
    select
        extracts.*,
        loads.batch_at as _batch_at
    from {{ source(source_name, feed) }} as extracts
    inner join loads on extracts._loaded_at = loads.loaded_at
    where
        extracts.{{ business_key }} is not null
        and extracts.extract_date <= {{ run_date() }}
        {%- if is_incremental() %}
        and {{ guard }}
        {%- endif %}
        and {{ arrival }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

ranked as (

    select
        arrived.*,
        row_number() over (
            partition by {{ business_key }}
            order by
                {%- for column in recency %}
                {{ column }} desc nulls last{{ ',' if not loop.last }}
                {%- endfor %}
        ) as position
    from arrived

)

select
    ranked.{{ business_key }},
    ranked.{{ source_key }},
    {%- for attribute in attributes %}
    ranked.{{ attribute }},
    {%- endfor %}
    ranked.extract_date,
    ranked._loaded_at,
    ranked._batch_at
from ranked
{{ newest(business_key, recency) }}
{%- endmacro %}

{#- What the query ends with: of `ranked` the first of each key, unless the table has a newer one. -#}
{% macro newest(key, recency) -%}
{%- if is_incremental() -%}
left join {{ this }} as known on ranked.{{ key }} = known.{{ key }}
{% endif -%}
where
    ranked.position = 1
    {%- if is_incremental() %}
    and (known.{{ key }} is null or {{ is_newer('ranked', 'known', recency) }})
    {%- endif %}
{%- endmacro %}

{#- The newest batch that a table has rows of. -#}
{% macro last_batch(relation) -%}
    (
        select coalesce(max(taken._batch_at), cast('1900-01-01' as timestamp))
        from {{ relation }} as taken
    )
{%- endmacro %}

{#- The newest extract that a table has rows of. -#}
{% macro last_extract(relation) -%}
    (
        select coalesce(max(taken.extract_date), cast('1900-01-01' as date))
        from {{ relation }} as taken
    )
{%- endmacro %}

{#- Whether one row comes before another in descending order of the columns, null last. -#}
{% macro is_newer(left, right, columns) -%}
    (
    {%- for column in columns %}
        {%- set newer = left ~ '.' ~ column ~ ' > ' ~ right ~ '.' ~ column
            ~ ' or (' ~ right ~ '.' ~ column ~ ' is null and ' ~ left ~ '.' ~ column ~ ' is not null)' %}
        {%- if loop.first %}
        {{ newer }}
        {%- else %}
        or (
            {%- for equal in columns[:loop.index0] %}
            {{ left }}.{{ equal }} = {{ right }}.{{ equal }} and
            {%- endfor %}
            ({{ newer }})
        )
        {%- endif %}
    {%- endfor %}
    )
{%- endmacro %}
