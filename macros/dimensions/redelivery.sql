{#- Hooks around a snapshot whose clock is the business date.

    A business date can be delivered twice with different values. A second version opened on the
    same date would have no length, so the version of that date is undone first - reopen its
    predecessor, drop it - and the snapshot then decides again from the corrected row. -#}

{% macro reopen_before_redelivered(snapshot, staged, key, tracked) -%}
    {%- if load_relation(snapshot) is not none -%}
    update {{ snapshot }}
    set dbt_valid_to = null
    from (
        select staged.{{ key }}, staged.extract_date
        from {{ staged }} as staged
        inner join {{ snapshot }} as version on staged.{{ key }} = version.{{ key }}
        where version.dbt_valid_to is null
            and version.dbt_valid_from = staged.extract_date
            and {{ differs('version', 'staged', tracked) }}
            and {{ history_goes_on() }}
    ) as redelivered
    where {{ snapshot }}.{{ key }} = redelivered.{{ key }}
        and {{ snapshot }}.dbt_valid_to = redelivered.extract_date
    {%- endif -%}
{%- endmacro %}

{% macro drop_redelivered(snapshot, staged, key, tracked) -%}
    {%- if load_relation(snapshot) is not none -%}
    delete from {{ snapshot }}
    using {{ staged }} as staged
    where {{ snapshot }}.{{ key }} = staged.{{ key }}
        and {{ snapshot }}.dbt_valid_to is null
        and {{ snapshot }}.dbt_valid_from = staged.extract_date
        and {{ differs(snapshot, 'staged', tracked) }}
        and {{ history_goes_on() }}
    {%- endif -%}
{%- endmacro %}

{#- Type 1: the columns are overwritten on the current version; closed versions keep theirs. -#}
{% macro overwrite_current(snapshot, staged, key, columns) -%}
    update {{ snapshot }}
    set
        {%- for column in columns %}
        {{ column }} = staged.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ staged }} as staged
    where {{ snapshot }}.{{ key }} = staged.{{ key }}
        and {{ snapshot }}.dbt_valid_to is null
        and {{ differs(snapshot, 'staged', columns) }}
        and {{ history_goes_on() }}
{%- endmacro %}
