{#- The date's column is config.meta.replaced_by, unique_key the grain: a redelivery may have moved a row here
    from another date, which may now have none. -#}
{% macro get_incremental_replace_dates_sql(arguments) -%}
    {%- set target, batch = arguments.target_relation, arguments.temp_relation -%}
    delete from {{ target }}
    using {{ batch }} as batch
    where
    {%- for column in arguments.unique_key %}
        {{ 'and ' if not loop.first }}{{ target }}.{{ column }} = batch.{{ column }}
    {%- endfor %};

    {%- set date = 'coalesce(' ~ config.get('meta').replaced_by ~ ', -1)' %}
    {{ get_incremental_delete_insert_sql(dict(arguments, unique_key=date)) }}
{%- endmacro %}
