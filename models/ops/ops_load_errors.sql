{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='error_key',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

with failures as (

    select * from {{ ref('ops_load_failures') }}

),

{%- if var('read_stl_views') %}

bad_values as ( -- noqa: ST03

    select
        query as query_id,
        trim(filename) as object_url,
        line_number,
        trim(colname) as column_name,
        max(trim(raw_field_value)) as field_value
    from {{ source('system', 'stl_load_errors') }}
    group by query, trim(filename), line_number, trim(colname)

),

{%- endif %}

explained as (

    select
        failures.*,
        {{ 'bad_values.field_value' if var('read_stl_views') else 'null' }} as value
    from failures
    {%- if var('read_stl_views') %}
    left join bad_values -- noqa: ST11
        on failures.query_id = bad_values.query_id
        and failures.object_url = bad_values.object_url
        and failures.line_number = bad_values.line_number
        and failures.column_name = bad_values.column_name
    {%- endif %}

)

select
    {{ warehouse_key(['query_id', 'object_url', 'line_number', 'column_name']) }} as error_key,
    query_id,
    table_name,
    copy_job_id,
    object_url,
    line_number,
    column_name,
    column_type,
    error_code,
    error_message,
    failed_at,
    job_name,
    table_schema,
    error_meaning,
    cast(value as varchar(1024)) as value
from explained
{%- if is_incremental() %}
where failed_at >= (
    select coalesce(max(known.failed_at), cast('1900-01-01' as timestamp)) from {{ this }} as known
)
{%- endif %}
