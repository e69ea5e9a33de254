{#- Carries steps of a plan out, and reads the catalog back before it says "created".

    COPY JOB CREATE and DROP cannot run in a transaction, so what must survive a crash is written to
    the log before and after: the next plan then sees what was left half-way. -#}
{% macro apply_steps(steps) %}
    {%- for step in steps -%}
        {%- if step.kind == 'job' and step.action == 'create' -%}
            {%- set said = 'create copy job on ' ~ step.job.url ~ ' (it loads objects created from now on)' -%}
        {%- else -%}
            {%- set said = 'create table' if step.action == 'create' else step.action ~ ': ' ~ step.reason -%}
        {%- endif -%}
        {%- do log('landing: ' ~ step.object ~ ': ' ~ said, info=true) -%}
        {%- if step.kind == 'table' -%}
            {%- for statement in step.sql -%}
                {%- do run_query(statement) -%}
            {%- endfor -%}
        {%- elif step.action in ['create', 'replace'] -%}
            {%- if step.action == 'replace' -%}
                {%- do retire_job(step.object, step.reason) -%}
            {%- endif -%}
            {%- do create_job(step.job, step.auto) -%}
        {%- elif step.action in ['resume', 'pause'] -%}
            {%- do alter_auto(step.object, step.action, step.reason) -%}
        {%- elif step.action == 'orphan' -%}
            {%- do drop_job(step.object, 'no longer declared') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do confirm_jobs(
        steps | selectattr('kind', 'equalto', 'job') | selectattr('action', 'in', ['create', 'replace', 'adopt']) | list
    ) -%}
{% endmacro %}

{% macro create_job(job, auto, action='creating') %}
    {%- do run_query(log_job_sql(job.name, action, none, job_definition(job))) -%}
    {%- do run_query(copy_job_sql(job, auto)) -%}
{% endmacro %}

{#- Pause, let the loads under way end, keep what the job knows of its files, drop. -#}
{% macro retire_job(name, reason) %}
    {%- set job = landing_catalog().jobs.get(name) -%}
    {%- if job is not none -%}
        {%- do run_query(log_job_sql(name, 'replacing', job.id, none, reason)) -%}
        {%- if job.auto -%}
            {%- do run_query('COPY JOB ALTER ' ~ name ~ ' AUTO OFF') -%}
        {%- endif -%}
        {%- do drain_job(job) -%}
        {%- do run_query(
            'insert into ' ~ bookkeeping('dropped_job_files') ~ ' (job_id, job_name, object_url, status,'
            ~ ' file_etag, file_size, modified_at, enqueued_at)'
            ~ " select job_id, trim(job_name), 's3://' || trim(file_location) || '/' || trim(file_name),"
            ~ ' status, trim(file_etag), file_size, modification_time, enqueue_time'
            ~ ' from sys_copy_job_detail where job_id = ' ~ job.id
        ) -%}
        {%- do run_query('COPY JOB DROP ' ~ name) -%}
    {%- endif -%}
{% endmacro %}

{#- Waits for the job's running loads. SQL has no sleep, so each look costs a round trip. -#}
{% macro drain_job(actual) %}
    {%- set query = 'select count(*) as running from sys_load_history where copy_job_id = ' ~ actual.id
        ~ " and trim(status) = 'running'" -%}
    {%- set seconds = var('drain_seconds') -%}
    {%- set until = modules.datetime.datetime.now() + modules.datetime.timedelta(seconds=seconds) -%}
    {%- set state = {'running': 1, 'in_time': true} -%}
    {#- the longest range that Jinja allows -#}
    {%- for _ in range(100000) if state.running and state.in_time -%}
        {%- do state.update({
            'running': run_query(query).rows[0].running | int,
            'in_time': modules.datetime.datetime.now() < until,
        }) -%}
    {%- endfor -%}
    {%- if state.running -%}
        {%- do exceptions.raise_compiler_error(
            actual.name ~ ': ' ~ state.running ~ ' load(s) still running after ' ~ seconds ~ ' s; the job'
            ~ ' is paused. Run this again when they have ended (sys_load_history), or raise var'
            ~ ' drain_seconds'
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro drop_job(name, reason) %}
    {%- do retire_job(name, reason) -%}
    {%- do run_query(log_job_sql(name, 'dropped', none, none, reason)) -%}
{% endmacro %}

{% macro alter_auto(name, action, reason=none) %}
    {%- do run_query('COPY JOB ALTER ' ~ name ~ ' AUTO ' ~ ('ON' if action == 'resume' else 'OFF')) -%}
    {%- do run_query(log_job_sql(name, action ~ 'd', none, none, reason)) -%}
{% endmacro %}

{#- A job counts as there when the catalog shows it. -#}
{% macro confirm_jobs(steps) %}
    {%- set jobs = landing_catalog().jobs if steps else {} -%}
    {%- set missing = steps | map(attribute='object') | reject('in', jobs) | list -%}
    {%- for step in steps if step.object in jobs -%}
        {%- do run_query(log_job_sql(
            step.object, 'adopted' if step.action == 'adopt' else 'created', jobs[step.object].id,
            job_definition(step.job), step.reason
        )) -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'sys_copy_job does not show ' ~ (missing | join(', ')) ~ ' after COPY JOB CREATE; see'
            ~ ' sys_copy_job_info, then run apply_copy_jobs again'
        ) -%}
    {%- endif -%}
{% endmacro %}
