{% macro quoted_names(names) -%}
    {%- set names = [names] if names is string else names -%}
    {{ return('"' ~ (names | map('replace', '"', '""') | join('", "')) ~ '"') }}
{%- endmacro %}

{% macro quoted_text(value) -%}
    {{ return(quoted_texts([value])) }}
{%- endmacro %}

{#- Redshift reads a backslash in a literal as an escape, so it is doubled like the quote. -#}
{% macro quoted_texts(values) -%}
    {%- set texts = values | map('string') | map('replace', "\\", "\\\\") | map('replace', "'", "''") -%}
    {{ return("'" ~ (texts | join("', '")) ~ "'") }}
{%- endmacro %}
