{#- The parts of object_standings: what is known of jobs, objects, loads and failures. They refer to
    its CTEs `declared` and `objects` by name. -#}

{#- The selected jobs that are enabled, with what the catalog shows of them as is_auto (null: the job
    is not there, or not visible to this user). -#}
{% macro declared_jobs_sql(select=none) %}
    {%- set rows = [] -%}
    {%- for job in declared_jobs(select) if job.enabled -%}
        {%- set values = [] -%}
        {%- for value in [job.name, job.schema, job.table, job.bucket, job.prefix, job.on_existing_files] -%}
            {%- do values.append('cast(' ~ quoted_text(value) ~ ' as varchar(1024))') -%}
        {%- endfor -%}
        {%- do rows.append('select ' ~ (values | join(', '))) -%}
    {%- endfor -%}
    {%- if not rows -%}
        {%- do rows.append('select ' ~ (["cast('' as varchar(1024))"] * 6) | join(', ') ~ ' where 1 = 0') -%}
    {%- endif -%}
    select
        jobs.*,
        actual.is_auto
    from (
        {{ rows | join('\n        union all\n        ') }}
    ) as jobs (job_name, table_schema, table_name, bucket, prefix, on_existing_files)
    left join (
        select
            trim(job_name) as job_name,
            max(is_auto) as is_auto
        from sys_copy_job
        group by trim(job_name)
    ) as actual on jobs.job_name = actual.job_name
{% endmacro %}

{#- By job: born_at, when it began to watch (a replacement carries on; dropping it on purpose or
    resetting it starts over), and created_at, before which the job as it is now sees nothing. -#}
{% macro job_births() %}
    select
        log.object_name as job_name,
        min(case when log.action in ('creating', 'reset', 'adopted') then log.logged_at end) as born_at,
        max(case when log.action in ('creating', 'reset') then log.logged_at end) as created_at
    from {{ bookkeeping('landing_log') }} as log
    inner join (
        select
            object_name,
            max(case when action in ('dropped', 'reset') then logged_at end) as restarted_at
        from {{ bookkeeping('landing_log') }}
        group by object_name
    ) as tracking on log.object_name = tracking.object_name
    where tracking.restarted_at is null or log.logged_at >= tracking.restarted_at
    group by log.object_name
{% endmacro %}

{#- Objects under the jobs' prefixes, each with job_status, what its job says of it. A key that ends
    with a slash is a folder that a console shows, not a file. -#}
{% macro watched_objects() %}
    {%- set columns = ['job_name', 'table_schema', 'table_name', 'on_existing_files', 'is_auto'] -%}
    select
        declared.{{ columns | join(', declared.') }},
        listed.bucket,
        listed.object_key,
        's3://' || listed.bucket || '/' || listed.object_key as object_url,
        listed.size,
        {{ plain_etag('listed.etag') }} as etag,
        listed.modified_at,
        listed.listed_at,
        files.status as job_status
    from {{ bookkeeping('s3_inventory') }} as listed
    inner join declared
        on listed.bucket = declared.bucket
        and left(listed.object_key, len(declared.prefix)) = declared.prefix
    left join ({{ job_files() }}) as files
        on declared.job_name = files.job_name
        and listed.bucket = files.bucket
        and listed.object_key = files.object_key
    where right(listed.object_key, 1) <> '/'
    union all
    -- since the bucket was listed
    select
        declared.{{ columns | join(', declared.') }},
        files.bucket,
        files.object_key,
        files.object_url,
        files.file_size as size,
        files.etag,
        files.modified_at,
        cast(null as timestamp) as listed_at,
        files.status as job_status
    from ({{ job_files() }}) as files
    inner join declared on files.job_name = declared.job_name
    left join {{ bookkeeping('s3_inventory') }} as listed
        on files.bucket = listed.bucket and files.object_key = listed.object_key
    left join (
        select
            bucket,
            max(listed_at) as listed_at
        from {{ bookkeeping('s3_inventory') }}
        group by bucket
    ) as listing on files.bucket = listing.bucket
    where listed.object_key is null
        and (listing.listed_at is null or files.enqueued_at > listing.listed_at)
{% endmacro %}

{#- Everything that says that an object went into a table: table_schema (null: not known), table_name,
    object_url (cut as in SYS_LOAD_DETAIL), etag (null: as it was at known_at), own_job (the job, as it
    is now, that ingested it), loaded_by, loaded_at. -#}
{% macro load_evidence() %}
    select
        declared.table_schema,
        declared.table_name,
        files.object_url,
        files.etag,
        files.job_name as own_job,
        'job ' || files.job_name || ' ' || files.job_id as loaded_by,
        cast(null as timestamp) as loaded_at,
        files.enqueued_at as known_at
    from ({{ job_files() }}) as files
    inner join declared on files.job_name = declared.job_name
    where files.status = 'I'
    union all
    -- DROP erases what the job knew
    select
        declared.table_schema,
        declared.table_name,
        dropped.object_url,
        {{ plain_etag('dropped.file_etag') }},
        null,
        'job ' || dropped.job_name || ' ' || dropped.job_id,
        cast(null as timestamp),
        dropped.enqueued_at
    from {{ bookkeeping('dropped_job_files') }} as dropped
    inner join declared on dropped.job_name = declared.job_name
    where upper(left(dropped.status, 1)) = 'I'
    union all
    select
        table_schema,
        table_name,
        object_name,
        etag,
        null,
        case copy_job_id when 0 then 'query ' || query_id else 'job ' || job_name || ' ' || copy_job_id end,
        loaded_at,
        loaded_at
    from ({{ completed_loads() }}) as loads
    union all
    -- in the transaction that loaded it
    select
        declared.table_schema,
        declared.table_name,
        decisions.object_url,
        decisions.etag,
        null,
        decisions.decision || ' by ' || decisions.decided_by,
        decisions.decided_at,
        decisions.decided_at
    from {{ bookkeeping('file_decisions') }} as decisions
    inner join declared on decisions.job_name = declared.job_name
    where decisions.decision in ('retry', 'backfill')
    {%- set ledger = built_ledger() %}
    {%- if ledger %}
    union all
    -- the system views forget
    select
        table_schema,
        table_name,
        object_url,
        file_etag,
        null,
        loaded_by,
        status_at,
        status_at
    from {{ ledger }} as ledger
    where status = 'ingested'
    {%- endif %}
{% endmacro %}

{#- What says that an object could not be loaded: by a job (job_name), or by a plain COPY into a table,
    which says nothing about what S3 has received under the key since. -#}
{% macro failure_evidence() %}
    select
        job_name,
        cast(null as varchar(128)) as table_schema,
        cast(null as varchar(128)) as table_name,
        object_url,
        etag,
        enqueued_at as failed_at
    from ({{ job_files() }}) as files
    where status = 'E'
    union all
    select
        job_name,
        null,
        null,
        object_url,
        {{ plain_etag('file_etag') }},
        enqueued_at
    from {{ bookkeeping('dropped_job_files') }}
    where upper(left(status, 1)) = 'E'
    union all
    select
        null,
        table_schema,
        table_name,
        object_name,
        null,
        failed_at
    from ({{ load_errors() }}) as errors
    where copy_job_id = 0
{% endmacro %}

{#- The ledger of files if it has been built, else none. One query. -#}
{% macro built_ledger() %}
    {%- for node in graph.nodes.values() if node.name == 'ops_load_files' and node.resource_type == 'model' -%}
        {%- set query -%}
            select count(*) as found
            from svv_tables
            where table_schema = {{ quoted_text(node.schema) }} and table_name = {{ quoted_text(node.alias) }}
        {%- endset -%}
        {%- if run_query(query).rows[0].found | int -%}
            {{ return(quoted_name(node.schema) ~ '.' ~ quoted_name(node.alias)) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}
