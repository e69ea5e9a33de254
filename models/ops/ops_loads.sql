-- Redshift holds names of objects as char(256): what is longer is cut.
select
    cast(case copies.copy_job_id
        when 0 then 'query ' || copies.query_id
        else 'job ' || copies.job_name || ' ' || copies.copy_job_id
    end as varchar(300)) as loaded_by,
    cast(trim(detail.file_name) as varchar(1300)) as object_url,
    copies.query_id,
    copies.copy_job_id,
    copies.job_name,
    copies.table_schema,
    copies.table_name,
    copies.started_at,
    copies.loaded_rows,
    cast(max({{ plain_etag('detail.file_etag') }}) as varchar(256)) as etag,
    cast(sum(detail.lines_scanned) as bigint) as row_count,
    cast(max(detail.bytes_scanned) as bigint) as file_size,
    cast(max(detail.file_last_modified) as timestamp) as modified_at,
    cast(max(detail.end_time) as timestamp) as loaded_at
from {{ ref('ops_copies') }} as copies
inner join {{ source('system', 'sys_load_detail') }} as detail
    on copies.query_id = detail.query_id
where copies.status = 'completed'
group by
    copies.query_id, copies.copy_job_id, copies.job_name, copies.table_schema, copies.table_name,
    copies.started_at, copies.loaded_rows, trim(detail.file_name)
