{#- True where two expressions differ, null being a value. -#}
{% macro is_different(left, right) -%}
    ({{ left }} <> {{ right }} or ({{ left }} is null) <> ({{ right }} is null))
{%- endmacro %}
