{#- dbt's snapshot sees one state of each member, the open version. What it cannot see - an extract that
    came out of order, several business dates taken in by one build, a date that was corrected, a column
    that is new or tracked in another way - is in the history, which is made of all that landed. -#}
{% macro align_snapshot(snapshot, history, business_key) -%}
{%- set columns = history_columns(history) -%}
{%- set drifted = snapshot.identifier ~ '__drifted' -%}
drop table if exists {{ drifted }};

create temporary table {{ drifted }} as
{{ drifted_members(snapshot, history, business_key) }};

delete from {{ snapshot }}
where {{ business_key }} in (select drifted.{{ business_key }} from {{ drifted }} as drifted);

insert into {{ snapshot }} (
    {{ columns | join(', ') }}, extract_date,
    dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to
)
select
    {{ columns | join(',\n    ') }},
    valid_from,
    {{ snapshot_hash_arguments([business_key, 'cast(valid_from as timestamp)']) }},
    cast(valid_from as timestamp),
    cast(valid_from as timestamp),
    cast(valid_to as timestamp)
from {{ history }}
where {{ business_key }} in (select drifted.{{ business_key }} from {{ drifted }} as drifted)
{%- endmacro %}

{#- EXCEPT takes null for a value. -#}
{% macro drifted_members(snapshot, history, business_key) -%}
{%- set columns = history_columns(history) | join(', ') -%}
{%- set told -%}
    select {{ columns }}, cast(valid_from as timestamp), cast(valid_to as timestamp), 1 from {{ history }}
{%- endset -%}
{%- set recorded -%}
    select {{ columns }}, dbt_valid_from, dbt_valid_to, count(*)
    from {{ snapshot }}
    where {{ business_key }} in (select known.{{ business_key }} from {{ history }} as known)
    group by {{ columns }}, dbt_valid_from, dbt_valid_to
{%- endset -%}
select {{ business_key }} from ({{ told }} except {{ recorded }}) as missing
union
select {{ business_key }} from ({{ recorded }} except {{ told }}) as superfluous
{%- endmacro %}

{#- dbt knows no columns yet while it parses. -#}
{% macro history_columns(history) %}
    {%- set others = ['valid_from', 'valid_to', 'extract_date', '_batch_at', '_declaration'] -%}
    {{ return(
        (adapter.get_columns_in_relation(history) if execute else [])
        | map(attribute='name') | reject('in', others) | list
    ) }}
{% endmacro %}
