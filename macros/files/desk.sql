{% macro retry_file(url=none, job=none, key=none, reason=none) %}
    {%- set object = object_at_desk(url, job, key) -%}
    {%- set job = working_jobs(object.job_name)[0] -%}
    {#- Without a grain new rows replace none: those of an earlier load have to go first. -#}
    {%- set doubles = object.loaded_by and not job.feed.attributes.get('grain') -%}
    {%- set way_out = way_out_of(object, job) if doubles else '' -%}
    {%- set refusal = object.retry_refusal or way_out if way_out or not doubles else '' -%}
    {%- do exceptions.raise_compiler_error(object.url ~ ': ' ~ refusal) if refusal -%}
    {%- set as_judged = object.condition ~ ' and status = ' ~ quoted_text(object.status)
        ~ " and coalesce(cast(loaded_at as varchar(26)), '') = " ~ quoted_text(object.loaded_at) -%}
    {%- if not load_by_manifest(job, as_judged, 'retry', reason=reason) -%}
        {%- do exceptions.raise_compiler_error(object.url ~ ': was loaded meanwhile, by somebody else') -%}
    {%- endif -%}
    {%- do log(job.name ~ ': loaded ' ~ object.url ~ ' into ' ~ job.relation, info=true) -%}
{% endmacro %}

{% macro way_out_of(object, job) %}
    {%- set files = rows_of(
        'select is_complete, file_url, cast(loaded_at as varchar(26)) as loaded_at,'
        ~ ' _loaded_at is not null as is_left from ' ~ built('ops_reloads', '--select +ops_reloads')
        ~ ' left join (select distinct _loaded_at from ' ~ job.relation ~ ') as landed on loaded_at = _loaded_at'
        ~ ' where table_schema = ' ~ quoted_text(job.schema) ~ ' and table_name = ' ~ quoted_text(job.table)
        ~ ' and object_url = left(' ~ quoted_text(object.url) ~ ', 256) order by loaded_at, file_url'
    ) -%}
    {%- if not files or not files[0].is_complete -%}
        {%- do exceptions.raise_compiler_error(
            object.url ~ ': was loaded (' ~ object.loaded_by ~ '), and the ledgers do not say by which load; bring'
            ~ ' them up to date, then try again: dbt build --select +ops_reloads'
        ) -%}
    {%- endif -%}
    {%- set left = files | selectattr('is_left') | list -%}
    {%- set lines = [
        'its rows are in ' ~ job.relation ~ ' (' ~ object.loaded_by ~ '), and ' ~ job.feed.name ~ ' declares no'
        ~ ' grain (config.meta.table) by which new rows replace them. Remove the rows of the load, then load'
        ~ ' its files again:',
        '  delete from ' ~ job.relation ~ ' where _loaded_at in ('
        ~ quoted_texts(left | map(attribute='loaded_at') | unique) ~ ')',
        '  dbt build --select source:' ~ job.feed.name ~ '+ --full-refresh',
        '  .venv/bin/python -m orchestration files retry ' ~ (left | map(attribute='file_url') | unique | join(' ')),
    ] -%}
    {{ return(lines | join('\n') if left else '') }}
{% endmacro %}

{% macro quarantine_file(reason, name, url=none, job=none, key=none) %}
    {%- do set_aside('quarantine', object_at_desk(url, job, key), reason, name) -%}
{% endmacro %}

{% macro waive_file(reason, name, url=none, job=none, key=none) %}
    {%- do set_aside('waive', object_at_desk(url, job, key), reason, name) -%}
{% endmacro %}

{% macro set_aside(decision, object, reason, name) %}
    {%- for argument, value in {'reason': reason, 'name': name}.items() if not (value or '') | string | trim -%}
        {%- do exceptions.raise_compiler_error(
            decision ~ '_file: ' ~ argument ~ ' is empty; say why, and who decided it'
        ) -%}
    {%- endfor -%}
    {%- set refusal = object.set_aside_refusal -%}
    {%- do exceptions.raise_compiler_error(object.url ~ ': ' ~ refusal) if refusal -%}
    {%- set chosen = built('ops_object_status') ~ ' where ' ~ object.condition -%}
    {%- do run_query(decisions_sql(chosen, decision, name, reason)) -%}
    {%- do log(object.job_name ~ ': ' ~ object.url ~ ': ' ~ decision ~ 'd', info=true) -%}
{% endmacro %}

{% macro object_at_desk(url, job, key) %}
    {%- do validate_landing() -%}
    {%- do exceptions.raise_compiler_error(
        'say which object: url (s3://bucket/key), or job and key'
    ) if not url and not (job and key) -%}
    {%- set url = url or 's3://' ~ var('landing_bucket') ~ '/' ~ key -%}
    {%- set condition = of_jobs(job) ~ ' and object_url = ' ~ quoted_text(url) -%}
    {%- set found = rows_of(
        'select job_name, object_url as url, status, loaded_by, cast(loaded_at as varchar(26)) as loaded_at,'
        ~ ' retry_refusal, set_aside_refusal from ' ~ built('ops_object_status') ~ ' where ' ~ condition
    ) -%}
    {%- if not found -%}
        {%- do exceptions.raise_compiler_error(
            url ~ ': neither the last listing of the bucket nor a copy job ('
            ~ (enabled_jobs(job) | map(attribute='name') | join(', ')) ~ ') knows it; check the name, or list'
            ~ ' again: .venv/bin/python -m orchestration files list'
        ) -%}
    {%- elif found | length > 1 -%}
        {%- do exceptions.raise_compiler_error(
            url ~ ': is watched by ' ~ (found | map(attribute='job_name') | join(' and ')) ~ '; say which: job'
        ) -%}
    {%- endif -%}
    {{ return(dict(found[0], condition=condition)) }}
{% endmacro %}
