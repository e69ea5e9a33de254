{#- One transaction, so that whatever ends it half-way leaves the objects as they were. Every such load
    takes the lock, so the second of two rivals sees what the first did. -#}
{% macro load_by_manifest(job, condition, decision, decided_by=none, reason=none) %}
    {%- set objects, chosen = built('ops_object_status'), 'chosen_objects' -%}
    {%- set manifest = 's3://' ~ job.bucket ~ '/_manifests/' ~ job.name ~ '/' ~ invocation_id ~ '-' -%}
    {%- do run_query('begin') -%}
    {%- do run_query('lock table ' ~ bookkeeping('load_lock')) -%}
    {%- do run_query('drop table if exists ' ~ chosen) -%}
    {%- do run_query(
        'create temp table ' ~ chosen ~ ' as select * from ' ~ objects
        ~ ' where job_name = ' ~ quoted_text(job.name) ~ ' and ' ~ condition
    ) -%}
    {%- set count = run_query('select count(*) as found from ' ~ chosen).rows[0].found | int -%}
    {#- A manifest is one JSON document; its lines may be rows. Columnar formats need the length of each
        object, and an object that has gone must not pass. -#}
    {%- set lines -%}
        select
            case row_number() over (order by object_url) when 1 then '{"entries": [' else ',' end
            || json_serialize(object(
                'url', object_url, 'mandatory', true, 'meta', object('content_length', size)
            ))
            || case row_number() over (order by object_url desc) when 1 then ']}' else '' end as line
        from {{ chosen }}
        order by object_url
    {%- endset -%}
    {%- if count -%}
        {%- do run_query(
            'unload (' ~ quoted_text(lines) ~ ') to ' ~ quoted_text(manifest) ~ ' iam_role '
            ~ quoted_text(var('copy_role_arn')) ~ ' parallel off'
        ) -%}
        {#- UNLOAD with PARALLEL OFF numbers its files from 000, and one holds 6.2 GB -#}
        {%- do run_query(copy_sql(job.feed, job.job, manifest ~ '000') ~ ' MANIFEST') -%}
        {%- do run_query(decisions_sql(chosen, decision, decided_by, reason)) -%}
    {%- endif -%}
    {%- do run_query('commit') -%}
    {{ return(count) }}
{% endmacro %}

{#- A retry is of the object as it is now, which may be newer than the listing: no ETag then means
    "as it was at decided_at". -#}
{% macro decisions_sql(chosen, decision, decided_by, reason) %}
    insert into {{ bookkeeping('file_decisions') }} (
        job_name, object_url, etag, decision, decided_by, reason, invocation_id
    )
    select
        job_name,
        object_url,
        {{ 'cast(null as varchar(256))' if decision == 'retry' else 'etag' }},
        {{ quoted_text(decision) }},
        {{ quoted_text(decided_by) if decided_by else 'current_user' }},
        {{ quoted_text(reason) if reason else 'null' }},
        {{ quoted_text(invocation_id) }}
    from {{ chosen }}
{% endmacro %}
