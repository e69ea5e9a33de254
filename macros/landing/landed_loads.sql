{#- How long a load may take from its start, which dates it, to its commit: three days. Loads that began
    longer before the newest one of their feed in `ledger` are in it, so landing is not read further back
    and a run costs what is new, not what has piled up. -#}
{% macro landed_loads(ledger=none, feeds=none) %}
    select
        cast(null as varchar(127)) as feed,
        cast(null as timestamp) as loaded_at,
        cast(null as date) as extract_date,
        cast(null as bigint) as row_count
    where 1 = 0
    {%- for feed in feeds or (landing_feeds() if execute else []) %}
    {%- set is_dated = 'extract_date' in feed.columns | map(attribute='name') %}
    union all
    select
        cast({{ quoted_text(feed.table) }} as varchar(127)) as feed,
        _loaded_at as loaded_at,
        {{ 'extract_date' if is_dated else 'cast(null as date)' }} as extract_date,
        count(*) as row_count
    from {{ feed.relation }}
    {%- if ledger is not none %}
    where _loaded_at > (
        select dateadd(day, -3, coalesce(max(newest.loaded_at), '1900-01-04'))
        from {{ ledger }} as newest
        where newest.feed = {{ quoted_text(feed.table) }}
    )
    {%- endif %}
    group by _loaded_at{{ ', extract_date' if is_dated }}
    {%- endfor %}
{% endmacro %}
