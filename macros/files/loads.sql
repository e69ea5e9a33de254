{#- What the load views know, read once for the ledgers and for the standings.

    SYS_LOAD_HISTORY names the table without its schema, and an analyst's copy of a landing table has
    the same name. The schema comes from the text of the statement: of the job for an auto-copy load,
    of the query for a plain COPY, or else from the job whose manifest it loaded. Loads of jobs that
    this project never made and that are gone are nobody's. -#}

{#- One row per copy job that there is or that this project has made: job_id, job_name, and the table
    that it fills, table_schema (null: not written in its text) and table_name. -#}
{% macro job_tables() %}
    select
        job_id,
        max(job_name) as job_name,
        max({{ schema_of('target') }}) as table_schema,
        max(reverse(split_part(reverse(target), '.', 1))) as table_name
    from (
        select
            job_id,
            trim(job_name) as job_name,
            {{ copy_target('job_text') }} as target
        from sys_copy_job
        union all
        select
            job_id,
            object_name as job_name,
            json_extract_path_text(definition, 'table') as target
        from {{ bookkeeping('landing_log') }}
        where job_id is not null and definition is not null
    ) as jobs
    group by job_id
{% endmacro %}

{#- One row per COPY: query_id, status, copy_job_id, job_name, table_schema (null when its text is no
    longer known), table_name, started_at, loaded_rows. -#}
{% macro load_queries() %}
    select
        history.query_id,
        trim(history.status) as status,
        coalesce(history.copy_job_id, 0) as copy_job_id,
        jobs.job_name,
        case
            when coalesce(history.copy_job_id, 0) <> 0 then jobs.table_schema
            else coalesce({{ schema_of('statements.target') }}, manifests.table_schema)
        end as table_schema,
        trim(history.table_name) as table_name,
        history.start_time as started_at,
        history.loaded_rows
    from sys_load_history as history
    left join ({{ job_tables() }}) as jobs on history.copy_job_id = jobs.job_id
    left join (
        select
            query_id,
            {{ copy_target('query_text') }} as target
        from sys_query_history
        where trim(query_type) = 'COPY'
    ) as statements on history.query_id = statements.query_id
    left join (
        select
            job_name,
            max(table_schema) as table_schema
        from ({{ job_tables() }}) as jobs
        group by job_name
    ) as manifests
        on regexp_substr(history.data_source, '/_manifests/([^/]+)/', 1, 1, 'e') = manifests.job_name
    -- a listing of the bucket is no file of a feed
    where position('/_inventory/' in coalesce(history.data_source, '')) = 0
        and (coalesce(history.copy_job_id, 0) = 0 or jobs.job_name is not null)
{% endmacro %}

{#- What a COPY statement fills, as it is written there, in lower case and without quotes. -#}
{% macro copy_target(text) -%}
    lower(replace(regexp_substr({{ text }}, 'copy\\s+([^\\s(]+)', 1, 1, 'ie'), '"', ''))
{%- endmacro %}

{#- The schema in database.schema.table or schema.table; null when there is none. -#}
{% macro schema_of(target) -%}
    nullif(reverse(split_part(reverse({{ target }}), '.', 2)), '')
{%- endmacro %}

{#- One row per completed load and object, with the columns of load_queries. Redshift holds names of
    objects as char(256): what is longer is cut. -#}
{% macro completed_loads() %}
    select
        loads.query_id,
        loads.copy_job_id,
        loads.job_name,
        loads.table_schema,
        loads.table_name,
        loads.started_at,
        loads.loaded_rows,
        trim(detail.file_name) as object_name,
        max({{ plain_etag('detail.file_etag') }}) as etag,
        sum(detail.lines_scanned) as row_count,
        max(detail.bytes_scanned) as file_size,
        max(detail.file_last_modified) as modified_at,
        max(detail.end_time) as loaded_at
    from ({{ load_queries() }}) as loads
    inner join sys_load_detail as detail on loads.query_id = detail.query_id
    where loads.status = 'completed'
    group by
        loads.query_id, loads.copy_job_id, loads.job_name, loads.table_schema, loads.table_name,
        loads.started_at, loads.loaded_rows, trim(detail.file_name)
{% endmacro %}

{#- One row per error of a load, with the columns of load_queries; these are null when nothing is known
    of the load but its errors. -#}
{% macro load_errors() %}
    select
        loads.query_id,
        loads.status,
        loads.copy_job_id,
        loads.job_name,
        loads.table_schema,
        loads.table_name,
        trim(detail.file_name) as object_name,
        detail.line_number,
        trim(detail.column_name) as column_name,
        trim(detail.column_type) as column_type,
        detail.error_code,
        trim(detail.error_message) as error_message,
        detail.start_time as failed_at
    from sys_load_error_detail as detail
    left join ({{ load_queries() }}) as loads on detail.query_id = loads.query_id
{% endmacro %}

{#- One row per copy job and object that it has seen. The view documents one letter as the status and
    shows a word in a sample. -#}
{% macro job_files() %}
    select
        job_id,
        job_name,
        bucket,
        object_key,
        's3://' || bucket || '/' || object_key as object_url,
        status,
        etag,
        file_size,
        modified_at,
        enqueued_at
    from (
        select
            job_id,
            trim(job_name) as job_name,
            trim(file_location) as bucket,
            trim(file_name) as object_key,
            upper(left(status, 1)) as status,
            {{ plain_etag('file_etag') }} as etag,
            file_size,
            modification_time as modified_at,
            enqueue_time as enqueued_at,
            row_number() over (
                partition by job_id, trim(file_location), trim(file_name) order by enqueue_time desc
            ) as recency
        from sys_copy_job_detail
    ) as files
    where recency = 1
{% endmacro %}

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
