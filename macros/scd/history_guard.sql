{#- False when the run's date is older than what the dimension has seen: such a run redoes facts
    and leaves dimensions as they are, because history never goes backwards. -#}
{% macro not_older_than(dimension) -%}
    {{ run_date() }} >= (select coalesce(max(extract_date), cast('1900-01-01' as date)) from {{ dimension }})
{%- endmacro %}
