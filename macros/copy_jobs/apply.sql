{#- Carries steps of a plan out, and reads the catalog back before it says "created".

    COPY JOB CREATE and DROP cannot run in a transaction, so what must survive a crash is written to
    the log before and after: the next plan then sees what was left half-way. -#}
{% macro apply_steps(steps) %}
    {%- for step in steps -%}
        {%- set said = step.action ~ ': ' ~ step.reason if step.action != 'create' else 'create table'
            if step.kind == 'table' else 'create copy job on ' ~ step.job.url ~ ' (it loads objects created from now on)' -%}
        {%- do log('landing: ' ~ step.object ~ ': ' ~ said, info=true) -%}
        {%- if step.kind == 'table' -%}
            {%- for statement in step.sql -%}
                {%- do run_query(statement) -%}
            {%- endfor -%}
        {%- elif step.action in ['create', 'replace'] -%}
            {%- do retire_job(step.object, step.reason) if step.action == 'replace' -%}
            {%- do create_job(step.job, step.auto) -%}
        {%- elif step.action in ['resume', 'pause'] -%}
            {%- do alter_auto(step.object, step.action, step.reason) -%}
        {%- elif step.action == 'orphan' -%}
            {%- do drop_job(step.object, 'no longer declared') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do confirm_jobs(
        steps | selectattr('job', 'defined') | selectattr('action', 'in', ['create', 'replace', 'adopt']) | list
    ) -%}
{% endmacro %}

{% macro create_job(job, auto, action='creating') %}
    {%- do log_job(job.name, action, none, job_definition(job)) -%}
    {%- do run_query(copy_job_sql(job, auto)) -%}
{% endmacro %}

{#- Pause, let the loads under way end, keep what the job knows of its files, drop. -#}
{% macro retire_job(name, reason) %}
    {%- set job = landing_catalog().jobs.get(name) -%}
    {%- if job is not none -%}
        {%- do log_job(name, 'replacing', job.id, none, reason) -%}
        {%- do run_query(alter_job_sql(name, false)) if job.auto -%}
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
{% macro drain_job(job) %}
    {%- set query = "select count(*) from sys_load_history where trim(status) = 'running' and copy_job_id = " ~ job.id -%}
    {%- set now = modules.datetime.datetime.now -%}
    {%- set until = now() + modules.datetime.timedelta(seconds=var('drain_seconds')) -%}
    {%- set state = {'running': none} -%}
    {#- the longest range that Jinja allows -#}
    {%- for _ in range(100000) if state.running is none or state.running and now() < until -%}
        {%- do state.update({'running': run_query(query).rows[0][0] | int}) -%}
    {%- endfor -%}
    {%- if state.running -%}
        {%- do exceptions.raise_compiler_error(
            job.name ~ ': ' ~ state.running ~ ' load(s) still running after ' ~ var('drain_seconds') ~ ' s; the'
            ~ ' job is paused. Run this again when they have ended (sys_load_history), or raise var drain_seconds'
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro drop_job(name, reason) %}
    {%- do retire_job(name, reason) -%}
    {%- do log_job(name, 'dropped', none, none, reason) -%}
{% endmacro %}

{#- Logged even when the job is so already: the next plan then leaves it to whoever did it. -#}
{% macro alter_auto(name, action, reason=none, differs=true) %}
    {%- do run_query(alter_job_sql(name, action == 'resume')) if differs -%}
    {%- do log_job(name, action ~ 'd', none, none, reason) -%}
{% endmacro %}

{#- A job counts as there when the catalog shows it. -#}
{% macro confirm_jobs(steps) %}
    {%- set jobs = landing_catalog().jobs if steps else {} -%}
    {%- set missing = steps | map(attribute='object') | reject('in', jobs) | list -%}
    {%- for step in steps if step.object in jobs -%}
        {%- set action = 'adopted' if step.action == 'adopt' else 'created' -%}
        {%- do log_job(step.object, action, jobs[step.object].id, job_definition(step.job), step.reason) -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'sys_copy_job does not show ' ~ (missing | join(', ')) ~ ' after COPY JOB CREATE; see'
            ~ ' sys_copy_job_info, then run apply_copy_jobs again'
        ) -%}
    {%- endif -%}
{% endmacro %}
