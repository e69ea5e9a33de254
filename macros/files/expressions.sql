{#- What a COPY statement fills, as it is written there, in lower case and without quotes. -#}
{% macro copy_target(text) -%}
    lower(replace(regexp_substr({{ text }}, 'copy\\s+([^\\s(]+)', 1, 1, 'ie'), '"', ''))
{%- endmacro %}

{#- The schema in database.schema.table or schema.table; null when there is none. -#}
{% macro schema_of(target) -%}
    nullif(reverse(split_part(reverse({{ target }}), '.', 2)), '')
{%- endmacro %}

{#- S3 quotes ETags, listings of it may not; an empty one is unknown. -#}
{% macro plain_etag(column) -%}
    nullif(replace(trim({{ column }}), '"', ''), '')
{%- endmacro %}

{#- Joins a full object_url with a name that SYS_LOAD_DETAIL may have cut. A cut name says which object
    it was only together with the ETag. -#}
{% macro same_object(url, etag, name, name_etag) -%}
    left({{ url }}, 256) = left({{ name }}, 256)
    and (
        {{ url }} = {{ name }}
        or (octet_length({{ name }}) = 256 and {{ etag }} = {{ name_etag }})
    )
{%- endmacro %}
