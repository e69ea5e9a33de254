{% macro copy_target(text) -%}
    lower(replace(regexp_substr({{ text }}, 'copy\\s+([^\\s(]+)', 1, 1, 'ie'), '"', ''))
{%- endmacro %}

{% macro schema_of(target) -%}
    nullif(reverse(split_part(reverse({{ target }}), '.', 2)), '')
{%- endmacro %}

{#- S3 quotes ETags, listings of it may not. -#}
{% macro plain_etag(column) -%}
    nullif(replace(trim({{ column }}), '"', ''), '')
{%- endmacro %}

{#- A cut name says which object it was only together with the ETag. -#}
{% macro same_object(url, etag, name, name_etag) -%}
    left({{ url }}, 256) = left({{ name }}, 256)
    and (
        {{ url }} = {{ name }}
        or (octet_length({{ name }}) = 256 and {{ etag }} = {{ name_etag }})
    )
{%- endmacro %}
