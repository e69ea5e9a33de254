{#- Incremental strategy replace_dates: the temp table holds whole dates, and they replace what
    the target has for these dates. Rows of the same grain that the target keeps under another
    date go as well, because a redelivery may have moved them here. One transaction.

    The column that says the date is config.meta.replaced_by; unique_key is the grain. -#}
{% macro get_incremental_replace_dates_sql(arguments) -%}
    {%- set target = arguments.target_relation -%}
    {%- set batch = arguments.temp_relation -%}
    {%- set date = config.get('meta').replaced_by -%}
    {%- set columns = get_quoted_csv(arguments.dest_columns | map(attribute='name')) -%}

    delete from {{ target }}
    where coalesce({{ date }}, -1) in (select coalesce(batch.{{ date }}, -1) from {{ batch }} as batch);

    delete from {{ target }}
    using {{ batch }} as batch
    where
    {%- for column in arguments.unique_key %}
        {{ 'and ' if not loop.first }}{{ target }}.{{ column }} = batch.{{ column }}
    {%- endfor %};

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ batch }};
{%- endmacro %}
