-- Which key of the warehouse a source key stands for, and from when to when: of a dimension with
-- history each version of the member, the first of which is open to the past. The unknown member
-- has no source key.
{% for each in sales_dimensions() %}
select
    source_keys.dimension,
    source_keys.source_key,
    source_keys.business_key,
    cast(members.{{ each.key }} as bigint) as warehouse_key,
    {%- if each.has_history %}
    case
        when members.is_first_version then cast('0001-01-01' as date) else members.valid_from
    end as valid_from,
    coalesce(members.valid_to, cast('9999-12-31' as date)) as valid_to
    {%- else %}
    cast('0001-01-01' as date) as valid_from,
    cast('9999-12-31' as date) as valid_to
    {%- endif %}
from {{ ref('int_source_keys') }} as source_keys
inner join {{ ref(each.dimension) }} as members
    on source_keys.business_key = cast(members.{{ each.business_key }} as varchar(256))
where source_keys.dimension = '{{ each.dimension }}' and members.{{ each.key }} <> -1
{{ 'union all' if not loop.last }}
{% endfor %}
