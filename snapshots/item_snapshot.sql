{% snapshot item_snapshot %}

{#- The history decides when a version begins; extract_date, the business date on which it does, is
    all that has to be compared. It is the clock as well: versions start on it, whenever the run takes
    place. -#}
{{ config(
    unique_key='i_item_id',
    strategy='check',
    check_cols=['extract_date'],
    updated_at='cast(extract_date as timestamp)',
    dist='all',
    sort='i_item_id',
    post_hook="{{ align_snapshot(this, ref('int_item_history'), 'i_item_id') }}",
) }}

select
    {%- for column in history_columns(ref('int_item_history')) %}
    {{ column }},
    {%- endfor %}
    valid_from as extract_date
from {{ ref('int_item_history') }}
where valid_to is null

{% endsnapshot %}
