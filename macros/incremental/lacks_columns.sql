{#- Whether a relation does not have all of these columns yet. -#}
{% macro lacks_columns(relation, columns) %}
    {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {{ return(columns | reject('in', there) | list | length > 0) }}
{% endmacro %}

{#- Whether an incremental build adds some of these columns to its model. -#}
{% macro gains_columns(columns) %}
    {{ return(execute and is_incremental() and lacks_columns(this, columns)) }}
{% endmacro %}
