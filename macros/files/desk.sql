{#- Operations on single files. An object is named by its url, or by job and key; when two jobs watch
    it, both are needed. What is decided holds for the object as it is: a new one under the same key is
    judged anew. -#}

{#- dbt run-operation retry_file --args '{url: "s3://…", reason: corrected by the source}'

    Loads one object as it is in S3 now, also if it was replaced under its key. What a job loads itself,
    or what is in the table already, is refused; so is, where the feed has no grain by which new rows
    replace older ones, a second load while the rows of the first are in landing. Parquet and ORC need
    the size of the object: run `python -m orchestration inventory` after replacing one. -#}
{% macro retry_file(url=none, job=none, key=none, reason=none) %}
    {%- set object = object_at_desk(url, job, key) -%}
    {%- set job = working_jobs(object.job_name)[0] -%}
    {%- set doubles = object.loaded_by and not job.feed.attributes.get('grain') -%}
    {%- set left = files_left(object, job) if doubles else [] -%}
    {%- if object.status not in ['failed', 'quarantined', 'waived', 'overwritten', 'older']
        and (left or not doubles) -%}
        {%- do refuse_at_desk(object, 'retried') -%}
    {%- elif left -%}
        {%- do exceptions.raise_compiler_error(way_out(object, job, left)) -%}
    {%- endif -%}
    {%- set as_judged -%}
        object_url = {{ quoted_text(object.url) }} and status = {{ quoted_text(object.status) }}
        and coalesce(cast(loaded_at as varchar(26)), '') = {{ quoted_text(object.loaded_at) }}
    {%- endset -%}
    {%- if not load_by_manifest(job, as_judged, 'retry', none, reason) -%}
        {%- do exceptions.raise_compiler_error(object.url ~ ': was loaded meanwhile, by somebody else') -%}
    {%- endif -%}
    {%- do log(job.name ~ ': loaded ' ~ object.url ~ ' into ' ~ job.relation, info=true) -%}
{% endmacro %}

{#- The files of the loads that brought an object and whose rows are in landing. Loads that the ledgers
    do not know yet are an error that says what to build. -#}
{% macro files_left(object, job) %}
    {%- set landed = built('ops_landed_files', '--select +ops_landed_files') -%}
    {%- set feed = 'feed = ' ~ quoted_text(job.table) -%}
    {%- set same = 'left(object_url, 256) = left(' ~ quoted_text(object.url) ~ ', 256)' -%}
    {%- set of_table = 'table_schema = ' ~ quoted_text(job.schema) ~ ' and table_name = '
        ~ quoted_text(job.table) ~ ' and ' ~ same -%}
    {%- set known = 'select loaded_at from ' ~ landed ~ ' where ' ~ feed ~ ' and ' ~ same -%}
    {%- set counts = run_query(
        'select count(distinct query_id) as loads, (select count(distinct loaded_at) from (' ~ known
        ~ ') as known) as known from (select query_id from ' ~ built('ops_loads') ~ ' where '
        ~ of_table ~ ' and loaded_rows > 0 union all select query_id from ' ~ built('ops_load_files')
        ~ ' where ' ~ of_table ~ " and status = 'ingested' and load_row_count > 0) as loads"
    ).rows[0] -%}
    {%- if not counts.known | int or counts.known | int < counts.loads | int -%}
        {%- do exceptions.raise_compiler_error(
            object.url ~ ': was loaded (' ~ object.loaded_by ~ '), and the ledgers do not say by which'
            ~ ' load; bring them up to date, then try again: dbt build --select +ops_landed_files'
        ) -%}
    {%- endif -%}
    {{ return(rows_of(
        'select distinct cast(loaded_at as varchar(26)) as loaded_at, object_url as url from ' ~ landed
        ~ ' where ' ~ feed ~ ' and loaded_at in (' ~ known ~ ') and loaded_at in (select _loaded_at from '
        ~ job.relation ~ ') order by 1, 2'
    )) }}
{% endmacro %}

{% macro way_out(object, job, left) %}
    {%- set staging, loads = [], [] -%}
    {%- for node in graph.nodes.values()
        if job.feed.unique_id in node.depends_on.nodes and node.name.startswith('stg_') -%}
        {%- do staging.append(node.name ~ '+') -%}
    {%- endfor -%}
    {%- for load in left | map(attribute='loaded_at') | unique -%}
        {%- do loads.append(quoted_text(load)) -%}
    {%- endfor -%}
    {%- set lines = [
        object.url ~ ': its rows are in ' ~ job.relation ~ ' (' ~ object.loaded_by ~ '), and '
            ~ job.feed.name ~ ' declares no grain (config.meta.table) by which new rows replace them.'
            ~ ' Remove the rows of the load, then load its files again:',
        '  delete from ' ~ job.relation ~ ' where _loaded_at in (' ~ loads | join(', ') ~ ')',
        '  dbt build --select ' ~ staging | join(' ') ~ ' --full-refresh',
    ] -%}
    {%- for url in left | map(attribute='url') | unique -%}
        {%- do lines.append('  dbt run-operation retry_file --args \'{url: "' ~ url ~ '"}\'') -%}
    {%- endfor -%}
    {{ return(lines | join('\n')) }}
{% endmacro %}

{#- dbt run-operation quarantine_file --args '{url: "s3://…", reason: …, name: …}': sets a bad object
    aside; a corrected one is expected. `name` is who says so. -#}
{% macro quarantine_file(reason, name, url=none, job=none, key=none) %}
    {%- do set_aside('quarantine', object_at_desk(url, job, key), reason, name) -%}
{% endmacro %}

{#- dbt run-operation waive_file --args '{url: "s3://…", reason: …, name: …}': does without an object
    for good. -#}
{% macro waive_file(reason, name, url=none, job=none, key=none) %}
    {%- do set_aside('waive', object_at_desk(url, job, key), reason, name) -%}
{% endmacro %}

{% macro set_aside(decision, object, reason, name) %}
    {%- for argument, value in [('reason', reason), ('name', name)] if not (value or '') | string | trim -%}
        {%- do exceptions.raise_compiler_error(
            decision ~ '_file: ' ~ argument ~ ' is empty; say why, and who decided it'
        ) -%}
    {%- endfor -%}
    {%- if object.status in ['ingested', 'loaded'] -%}
        {%- do refuse_at_desk(object, 'set aside') -%}
    {%- endif -%}
    {%- set chosen -%}
        (
            select job_name, object_url, etag
            from {{ built('ops_object_status') }}
            where job_name = {{ quoted_text(object.job_name) }}
                and object_url = {{ quoted_text(object.url) }}
        ) as chosen
    {%- endset -%}
    {%- do run_query(decisions_sql(chosen, decision, name, reason)) -%}
    {%- do log(object.job_name ~ ': ' ~ object.url ~ ': ' ~ {
        'quarantine': 'quarantined', 'waive': 'waived',
    }[decision], info=true) -%}
{% endmacro %}

{#- dbt run-operation list_failed_files --args '{select: tpcds.item}': every object that could not be
    loaded or was set aside, with the first error that was found in it. -#}
{% macro list_failed_files(select=none, format='text') %}
    {%- do validate_landing() -%}
    {%- do print_rows(rows_of(
        'select job_name as job, status, object_url as object, cast(failed_at as varchar(19)) as failed_at,'
        ~ ' line_number as line, column_name, error_meaning as meaning, error_message as error,'
        ~ ' decided_by, decision_reason as reason from ' ~ built('ops_failed_files')
        ~ ' where ' ~ of_jobs(select) ~ ' order by status, job_name, object_url'
    ), [
        'job', 'status', 'object', 'failed_at', 'line', 'column_name', 'meaning', 'error', 'decided_by',
        'reason',
    ], format) -%}
{% endmacro %}

{#- The one object that is meant, as it is: job_name, url, status, loaded_by, loaded_at. -#}
{% macro object_at_desk(url, job, key) %}
    {%- do validate_landing() -%}
    {%- set jobs = declared_jobs(job) | selectattr('enabled') | list -%}
    {%- if url is none and (key is none or job is none or jobs | length != 1) -%}
        {%- do exceptions.raise_compiler_error(
            'say which object: url (s3://bucket/key), or job and key, with job one copy job'
        ) -%}
    {%- endif -%}
    {%- set wanted = url or 's3://' ~ jobs[0].bucket ~ '/' ~ key -%}
    {%- set found = rows_of(
        'select job_name, object_url as url, status, loaded_by, cast(loaded_at as varchar(26)) as'
        ~ ' loaded_at from ' ~ built('ops_object_status') ~ ' where ' ~ of_jobs(job)
        ~ ' and object_url = ' ~ quoted_text(wanted)
    ) -%}
    {%- if not found -%}
        {%- do exceptions.raise_compiler_error(
            wanted ~ ': neither the last listing of the bucket nor a copy job (' ~ (jobs | map(attribute='name') | join(', '))
            ~ ') knows it; check the name, or list again: python -m orchestration inventory'
        ) -%}
    {%- elif found | length > 1 -%}
        {%- do exceptions.raise_compiler_error(
            wanted ~ ': is watched by ' ~ (found | map(attribute='job_name') | join(' and ')) ~ '; say which: job'
        ) -%}
    {%- endif -%}
    {{ return(found[0]) }}
{% endmacro %}

{% macro refuse_at_desk(object, action) %}
    {%- set is_there = 'its rows are in the table, from ' ~ object.loaded_by ~ '; if it was replaced in'
        ~ ' S3 since then, list the bucket: python -m orchestration inventory' -%}
    {%- do exceptions.raise_compiler_error(
        object.url ~ ': cannot be ' ~ action ~ ', it is ' ~ object.status ~ ': ' ~ {
            'ingested': is_there,
            'loaded': is_there,
            'pending': 'its job loads it; run_copy_job or resume_copy_job if the job is paused',
            'unseen': 'its job may yet load it; backfill_copy_job does once that is certain',
        }[object.status]
    ) -%}
{% endmacro %}
