{#- True where any of the columns differs between two relations, null being a value. -#}
{% macro differs(left, right, columns) -%}
    (
    {%- for column in columns %}
        {{ left }}.{{ column }} <> {{ right }}.{{ column }}
        or ({{ left }}.{{ column }} is null and {{ right }}.{{ column }} is not null)
        or ({{ left }}.{{ column }} is not null and {{ right }}.{{ column }} is null)
        {%- if not loop.last %} or {% endif -%}
    {%- endfor %}
    )
{%- endmacro %}
