{#- The desk for failed files. An object is named by its url, or by job and key; when two jobs watch it,
    both are needed. What is decided holds for the object as it is: a new one under the same key is
    judged anew. -#}

{#- dbt run-operation retry_file --args '{url: "s3://…", reason: corrected by the source}'

    Loads one object as it is in S3 now, also if it was replaced under its key. What a job loads itself,
    or what is in the table already, is refused. Parquet and ORC need the size of the object: run
    `python -m orchestration inventory` after replacing one. -#}
{% macro retry_file(url=none, job=none, key=none, reason=none) %}
    {%- set object = object_at_desk(url, job, key) -%}
    {%- set retried = ['failed', 'quarantined', 'waived', 'overwritten', 'older'] -%}
    {%- if object.standing not in retried -%}
        {%- do refuse_at_desk(object, 'retried') -%}
    {%- endif -%}
    {%- set condition -%}
        object_url = {{ quoted_text(object.url) }} and standing in ('{{ retried | join("', '") }}')
    {%- endset -%}
    {%- set job = working_jobs(object.job_name)[0] -%}
    {%- if not load_by_manifest(job, condition, 'retry', none, reason) -%}
        {%- do exceptions.raise_compiler_error(object.url ~ ': was loaded meanwhile, by somebody else') -%}
    {%- endif -%}
    {%- do log(job.name ~ ': loaded ' ~ object.url ~ ' into ' ~ job.relation, info=true) -%}
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
    {%- if object.standing in ['ingested', 'loaded'] -%}
        {%- do refuse_at_desk(object, 'set aside') -%}
    {%- endif -%}
    {%- set chosen -%}
        (
            select
                {{ quoted_text(object.job_name) }} as job_name,
                {{ quoted_text(object.url) }} as object_url,
                {{ quoted_text(object.etag) if object.etag else 'cast(null as varchar(256))' }} as etag
        ) as chosen
    {%- endset -%}
    {%- do run_query(decisions_sql(chosen, decision, name, reason)) -%}
    {%- do log(object.job_name ~ ': ' ~ object.url ~ ': ' ~ {
        'quarantine': 'quarantined', 'waive': 'waived',
    }[decision], info=true) -%}
{% endmacro %}

{#- dbt run-operation list_failed_files --args '{select: tpcds.item}': every object that could not be
    loaded or was set aside, with the first error that was found in it. Three queries. -#}
{% macro list_failed_files(select=none, format='text') %}
    {%- do validate_landing() -%}
    {%- set query -%}
        with errors as (

            select
                object_name,
                line_number,
                column_name,
                {{ load_error_meaning('error_code') }} as meaning,
                error_message,
                row_number() over (
                    partition by object_name order by failed_at desc, line_number, column_name
                ) as position
            from ({{ load_errors() }}) as errors

        )

        select
            standings.job_name as job,
            standings.standing,
            standings.object_url as object,
            cast(standings.failed_at as varchar(19)) as failed_at,
            errors.line_number as line,
            errors.column_name as column_name,
            errors.meaning,
            errors.error_message as error,
            standings.decided_by,
            standings.decision_reason as reason
        from ({{ object_standings(select) }}) as standings
        left join errors
            on left(standings.object_url, 256) = errors.object_name and errors.position = 1
        where standings.standing in ('failed', 'quarantined', 'waived')
        order by standings.standing, standings.job_name, standings.object_url
    {%- endset -%}
    {%- set found = run_query(query) -%}
    {%- set rows = [] -%}
    {%- for row in found.rows -%}
        {%- set shown = {} -%}
        {%- for column, value in row.dict().items() -%}
            {%- do shown.update({column: '' if value is none else (value | int if column == 'line' else value)}) -%}
        {%- endfor -%}
        {%- do rows.append(shown) -%}
    {%- endfor -%}
    {%- do print_rows(rows, found.column_names | list, format) -%}
{% endmacro %}

{#- The one object that is meant, as it stands: job_name, url, etag, standing, loaded_by. -#}
{% macro object_at_desk(url, job, key) %}
    {%- do validate_landing() -%}
    {%- set jobs = declared_jobs(job) | selectattr('enabled') | list -%}
    {%- if url is none and (key is none or job is none or jobs | length != 1) -%}
        {%- do exceptions.raise_compiler_error(
            'say which object: url (s3://bucket/key), or job and key, with job one copy job'
        ) -%}
    {%- endif -%}
    {%- set wanted = url or 's3://' ~ jobs[0].bucket ~ '/' ~ key -%}
    {%- set query -%}
        select
            job_name,
            object_url as url,
            etag,
            standing,
            loaded_by,
            listed_at
        from ({{ object_standings(job) }}) as standings
        where object_url = {{ quoted_text(wanted) }}
    {%- endset -%}
    {%- set found = run_query(query).rows -%}
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
    {%- set why = {
        'ingested': 'its rows are in the table, from ' ~ object.loaded_by ~ '; if it was replaced in S3 since'
            ~ ' then, list the bucket: python -m orchestration inventory',
        'pending': 'its job loads it; run_copy_job or resume_copy_job if the job is paused',
        'unseen': 'its job may yet load it; backfill_copy_job does once that is certain',
    } -%}
    {%- do exceptions.raise_compiler_error(
        object.url ~ ': cannot be ' ~ action ~ ', it is ' ~ object.standing ~ ': '
        ~ why['ingested' if object.standing == 'loaded' else object.standing]
    ) -%}
{% endmacro %}
