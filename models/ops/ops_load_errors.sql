{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='error_key',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

with errors as (

    {{ load_errors() }}

),

{%- if var('read_stl_views') %}

bad_values as (

    select
        query as query_id,
        trim(filename) as object_name,
        line_number,
        trim(colname) as column_name,
        max(trim(raw_field_value)) as field_value
    from stl_load_errors
    group by query, trim(filename), line_number, trim(colname)

),

{%- endif %}

explained as (

    select
        errors.*,
        {{ load_error_meaning('errors.error_code') }} as error_meaning,
        {{ 'bad_values.field_value' if var('read_stl_views') else 'null' }} as value
    from errors
    {%- if var('read_stl_views') %}
    left join bad_values
        on errors.query_id = bad_values.query_id
        and errors.object_name = bad_values.object_name
        and errors.line_number = bad_values.line_number
        and errors.column_name = bad_values.column_name
    {%- endif %}

)

select
    {{ warehouse_key(['query_id', 'object_name', 'line_number', 'column_name']) }} as error_key,
    cast(query_id as bigint) as query_id,
    cast(table_name as varchar(127)) as table_name,
    cast(copy_job_id as bigint) as copy_job_id,
    cast(object_name as varchar(1300)) as object_url,
    cast(line_number as bigint) as line_number,
    cast(column_name as varchar(127)) as column_name,
    cast(column_type as varchar(10)) as column_type,
    cast(error_code as integer) as error_code,
    cast(error_message as varchar(512)) as error_message,
    cast(failed_at as timestamp) as failed_at,
    cast(job_name as varchar(128)) as job_name,
    cast(table_schema as varchar(127)) as table_schema,
    cast(error_meaning as varchar(100)) as error_meaning,
    cast(value as varchar(1024)) as value
from explained
{%- if is_incremental() %}
where failed_at >= (
    select coalesce(max(known.failed_at), cast('1900-01-01' as timestamp)) from {{ this }} as known
)
{%- endif %}
