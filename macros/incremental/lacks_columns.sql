{% macro lacks_columns(relation, columns) %}
    {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {{ return(columns | reject('in', there) | list | length > 0) }}
{% endmacro %}
