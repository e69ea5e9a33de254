{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='error_key',
    on_schema_change='fail',
) }}

with errors as (

    select
        detail.query_id,
        trim(history.table_name) as table_name,
        history.copy_job_id,
        trim(detail.file_name) as object_url,
        detail.line_number,
        trim(detail.column_name) as column_name,
        trim(detail.column_type) as column_type,
        detail.error_code,
        trim(detail.error_message) as error_message,
        detail.start_time as failed_at
    from sys_load_error_detail as detail
    left join sys_load_history as history on detail.query_id = history.query_id

)

select
    {{ warehouse_key(['query_id', 'object_url', 'line_number', 'column_name']) }} as error_key,
    cast(query_id as bigint) as query_id,
    cast(table_name as varchar(127)) as table_name,
    cast(copy_job_id as bigint) as copy_job_id,
    cast(object_url as varchar(1300)) as object_url,
    cast(line_number as bigint) as line_number,
    cast(column_name as varchar(127)) as column_name,
    cast(column_type as varchar(10)) as column_type,
    cast(error_code as integer) as error_code,
    cast(error_message as varchar(512)) as error_message,
    failed_at
from errors
{%- if is_incremental() %}
where failed_at >= (
    select coalesce(max(known.failed_at), cast('1900-01-01' as timestamp)) from {{ this }} as known
)
{%- endif %}
