{#- dbt-redshift reads the columns of a table out of a union with those of every late-binding view
    and every external table of the database, several times for each incremental model. A table, or
    a temporary one, is in the information schema alone; views still go the long way. Nothing alters a
    temporary table, whose name no other one has, so that its columns are asked for once. -#}
{% macro redshift__get_columns_in_relation(relation) -%}
    {%- if not relation.schema -%}
        {%- set known = graph.setdefault('temporary_columns', {}) -%}
        {%- if relation.identifier not in known -%}
            {%- do known.update({relation.identifier: columns_of_table(relation)}) -%}
        {%- endif -%}
        {{ return(known[relation.identifier]) }}
    {%- elif relation.is_table -%}
        {{ return(columns_of_table(relation)) }}
    {%- endif -%}
    {{ return(redshift__get_columns_in_relation_legacy(relation)) }}
{%- endmacro %}

{% macro columns_of_table(relation) %}
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
{% endmacro %}
