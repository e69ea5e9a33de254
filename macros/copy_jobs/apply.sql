{#- COPY JOB CREATE and DROP cannot run in a transaction, so what must survive a crash is written to the log
    before and after: the next plan then sees what was left half-way. What an operator does to AUTO is logged
    also when the job is so already: the plan then leaves it to whoever did it. -#}
{% macro apply_steps(steps) %}
    {%- set words = {
        'create': ['creating', 'created'], 'replace': ['creating', 'created'], 'reset': ['reset', 'created'],
        'adopt': [none, 'adopted'], 'resume': [none, 'resumed'], 'pause': [none, 'paused'],
        'orphan': [none, 'dropped'], 'drop': [none, 'dropped'],
    } -%}
    {%- for step in steps -%}
        {%- set said = step.action ~ (': ' ~ step.reason if step.reason else '') if step.action != 'create'
            else 'create copy job on ' ~ step.job.url ~ ' (it loads objects created from now on)' if step.job
            else 'create table' -%}
        {%- set before, after = words.get(step.action, [none, none]) if step.kind == 'job' else [none, none] -%}
        {%- set is_retired = step.action in ['replace', 'reset', 'orphan', 'drop'] -%}
        {%- do log('landing: ' ~ step.object ~ ': ' ~ said, info=true) -%}
        {%- do retire_job(step) if is_retired -%}
        {%- do log_job(step.object, before, definition=job_definition(step.job)) if before -%}
        {%- for statement in (step.sql[2:] if is_retired else step.sql) -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
        {%- set id, definition = (shown_id(step.object), job_definition(step.job)) if after in ['created', 'adopted']
            else (none, none) -%}
        {%- do log_job(step.object, after, id, definition, step.reason) if after -%}
    {%- endfor -%}
{% endmacro %}

{#- A job counts as there when the catalog shows it. -#}
{% macro shown_id(name) %}
    {%- set rows = run_query('select job_id from sys_copy_job where trim(job_name) = ' ~ quoted_text(name)).rows -%}
    {%- do exceptions.raise_compiler_error(
        'sys_copy_job does not show ' ~ name ~ ' after COPY JOB CREATE; see sys_copy_job_info, then run'
        ~ ' .venv/bin/python -m orchestration jobs apply ' ~ name ~ ' again'
    ) if not rows -%}
    {{ return(rows[0].job_id) }}
{% endmacro %}

{% macro retire_job(step) %}
    {%- set pause, drop = step.sql[:2] -%}
    {%- do log_job(step.object, 'replacing', step.actual.id, note=step.reason) -%}
    {%- do run_query(pause) if step.actual.auto -%}
    {%- do drain_job(step.object, step.actual.id) -%}
    {%- do run_query(
        'insert into ' ~ bookkeeping('dropped_job_files') ~ ' (job_id, job_name, object_url, status,'
        ~ ' file_etag, file_size, modified_at, enqueued_at)'
        ~ " select job_id, trim(job_name), 's3://' || trim(file_location) || '/' || trim(file_name),"
        ~ ' status, trim(file_etag), file_size, modification_time, enqueue_time'
        ~ ' from sys_copy_job_detail where job_id = ' ~ step.actual.id
    ) -%}
    {%- do run_query(drop) -%}
{% endmacro %}

{#- SQL has no sleep, so each look costs a round trip; the range is the longest that Jinja allows. -#}
{% macro drain_job(name, job_id) %}
    {%- set query = "select count(*) from sys_load_history where trim(status) = 'running' and copy_job_id = "
        ~ job_id -%}
    {%- set now, seconds, state = modules.datetime.datetime.now, var('drain_seconds'), {'running': none} -%}
    {%- set until = now() + modules.datetime.timedelta(seconds=seconds) -%}
    {%- for _ in range(100000) if state.running is none or state.running and now() < until -%}
        {%- do state.update(running=run_query(query).rows[0][0] | int) -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        name ~ ': ' ~ state.running ~ ' load(s) still running after ' ~ seconds ~ ' s; the job is paused. Run this'
        ~ ' again when they have ended (sys_load_history), or raise var drain_seconds'
    ) if state.running -%}
{% endmacro %}
