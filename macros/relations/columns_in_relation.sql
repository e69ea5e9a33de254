{#- dbt-redshift reads the columns of a table out of a union with those of every late-binding view
    and every external table of the database, several times for each incremental model. A table, or
    a temporary one, is in the information schema alone; views still go the long way. -#}
{% macro redshift__get_columns_in_relation(relation) -%}
    {%- if relation.is_table or not relation.schema -%}
        {%- set columns -%}
select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
from information_schema.columns
where
    table_name = {{ quoted_text(relation.identifier) }}
    {%- if relation.schema %}
    and table_schema = {{ quoted_text(relation.schema) }}
    {%- endif %}
order by ordinal_position
        {%- endset -%}
        {{ return(sql_convert_columns_in_relation(run_query(columns))) }}
    {%- endif -%}
    {{ return(redshift__get_columns_in_relation_legacy(relation)) }}
{%- endmacro %}
