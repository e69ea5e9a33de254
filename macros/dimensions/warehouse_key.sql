{#- The warehouse's key of a member: 60 bits of the business key's MD5, so it is the same after a
    full refresh and on any machine. 15 hexadecimal digits always fit a signed bigint. -#}
{% macro warehouse_key(parts) -%}
    strtol(left(md5(
    {%- for part in parts -%}
        coalesce(cast({{ part }} as varchar(256)), '')
        {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor -%}
    ), 15), 16)
{%- endmacro %}
