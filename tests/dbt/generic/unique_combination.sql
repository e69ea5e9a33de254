{#- The grain: no two rows have the same values in all of these columns. With of_latest_batch, of
    the rows that the newest batch brought. -#}
{% test unique_combination(model, columns, of_latest_batch=false) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{%- if of_latest_batch %}
where _batch_at = (select max(newest._batch_at) from {{ model }} as newest)
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
