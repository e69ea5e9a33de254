{#- What stands between the warehouse and the declaration: a list of steps, tables before jobs. Each
    says kind, object, action, why, which fields differ, and the SQL that carries it out.

    Actions of jobs: create, replace, resume, pause, adopt (there, and now in the log), orphan (ours,
    no longer declared), unchanged; and without SQL: held (an operator paused or resumed it), kept
    (differs, on_change: continue), refused (differs, on_change: fail; or cannot work), invisible
    (made by another user, and this one sees only its own), foreign (not ours, never touched). -#}
{% macro landing_plan(feeds, jobs, strangers=false) %}
    {%- set steps, tables = [], bookkeeping_tables() + feeds -%}
    {%- set catalog = landing_catalog(tables) -%}
    {%- set log = logged_jobs() if has_bookkeeping(catalog, 'landing_log') else {} -%}
    {%- for table in tables -%}
        {%- do steps.extend(table_plan(table, catalog)) -%}
    {%- endfor -%}
    {%- set refused = steps | selectattr('action', 'equalto', 'refused') | map(attribute='object') | list -%}
    {%- for job in jobs if job.enabled -%}
        {%- set stuck = job.schema ~ '.' ~ job.table in refused -%}
        {%- do steps.append(
            job_step(job, 'refused', 'its table is refused') if stuck else declared_job_step(job, catalog, log)
        ) -%}
    {%- endfor -%}
    {%- set declared = jobs | selectattr('enabled') | map(attribute='name') | list -%}
    {%- for name in catalog.jobs if strangers and name not in declared -%}
        {%- set line = log.get(name, {}).get('life') -%}
        {%- set is_ours = line and line.action != 'dropped' -%}
        {%- do steps.append({
            'kind': 'job', 'object': name, 'fields': [], 'action': 'orphan' if is_ours else 'foreign',
            'reason': 'no longer declared; prune: true drops it' if is_ours else 'not made by this project',
            'sql': ['COPY JOB DROP ' ~ name] if is_ours else [],
        }) -%}
    {%- endfor -%}
    {{ return(check_samples(steps, catalog)) }}
{% endmacro %}

{#- The plan of everything, or of the selected jobs and their tables. -#}
{% macro plan_of(select=none) %}
    {%- do validate_landing() -%}
    {%- set jobs = declared_jobs(select) -%}
    {%- set feeds = jobs | map(attribute='feed') | unique(attribute='unique_id') | list -%}
    {{ return(landing_plan(landing_feeds() if select is none else feeds, jobs, strangers=select is none)) }}
{% endmacro %}

{#- Actions that need nobody. -#}
{% macro settled_actions() %}
    {{ return(['unchanged', 'held', 'kept', 'foreign']) }}
{% endmacro %}

{% macro job_step(job, action, reason='', fields=[], sql=[]) %}
    {{ return({
        'kind': 'job', 'object': job.name, 'action': action, 'reason': reason, 'fields': fields,
        'sql': sql, 'job': job, 'select': job.name,
    }) }}
{% endmacro %}

{#- The step of one job; `auto` is how the job will be: what an operator did last outlives every step. -#}
{% macro declared_job_step(job, catalog, log) %}
    {%- set actual, lines = catalog.jobs.get(job.name), log.get(job.name, {}) -%}
    {%- set known = lines.get('life') if lines.get('life') and lines.life.action != 'dropped' else none -%}
    {%- set decided = lines.auto.action == 'resumed' if lines.get('auto') else none -%}
    {%- if actual is none -%}
        {%- set step = missing_job_step(job, known, catalog) -%}
    {%- elif known is none -%}
        {%- set step = unknown_job_step(job, actual) -%}
    {%- elif known.action == 'replacing' -%}
        {%- set step = job_step(job, 'replace', 'its replacement was interrupted') -%}
    {%- elif known.job_id is not none and known.job_id | int != actual.id -%}
        {%- set step = changed_job_step(job, 'dropped and created by hand', ['job_id']) -%}
    {%- elif known.definition != job_definition(job) -%}
        {%- set fields = definition_differences(known.definition, job_definition(job)) -%}
        {%- set step = changed_job_step(job, fields | join(', '), fields) -%}
    {%- elif known.action == 'creating' -%}
        {%- set step = job_step(job, 'adopt', 'its creation was not recorded to the end') -%}
    {%- elif actual.auto == job.auto -%}
        {%- set step = job_step(job, 'unchanged') -%}
    {%- else -%}
        {%- set action = 'resume' if job.auto else 'pause' -%}
        {%- set held = lines.auto.action ~ ' by ' ~ lines.auto.done_by ~ '; ' ~ action ~ '_copy_job ends that'
            if decided == actual.auto else none -%}
        {%- set step = job_step(job, 'held', held) if held
            else job_step(job, action, 'altered by hand', ['auto'], [alter_job_sql(job.name, job.auto)]) -%}
    {%- endif -%}
    {{ return(dict(step, auto=job.auto if decided is none else decided)) }}
{% endmacro %}

{#- A user that is not a superuser sees only its own jobs, so another's is not "missing". -#}
{% macro missing_job_step(job, known, catalog) %}
    {%- if known and known.done_by != catalog.user and not catalog.is_superuser -%}
        {{ return(job_step(
            job, 'invisible', 'made by ' ~ known.done_by ~ '; ' ~ catalog.user ~ ' sees only its own jobs: work'
            ~ ' as ' ~ known.done_by ~ ' or as a superuser'
        )) }}
    {%- endif -%}
    {%- set reasons = {'replacing': 'its replacement was interrupted', 'creating': 'not there yet'} -%}
    {%- set reason = reasons.get(known.action, 'dropped by hand') if known else 'not there yet' -%}
    {{ return(job_step(job, 'create', reason, [], [copy_job_sql(job)])) }}
{% endmacro %}

{% macro changed_job_step(job, reason, fields) %}
    {%- if job.on_change == 'apply' -%}
        {{ return(job_step(job, 'replace', reason, fields, [
            alter_job_sql(job.name, false), 'COPY JOB DROP ' ~ job.name, copy_job_sql(job),
        ])) }}
    {%- elif job.on_change == 'continue' -%}
        {{ return(job_step(job, 'kept', reason ~ ' (on_change: continue)', fields)) }}
    {%- endif -%}
    {%- set way_out = ' (on_change: fail; set it to apply to have the job replaced)' -%}
    {{ return(job_step(job, 'refused', reason ~ way_out, fields)) }}
{% endmacro %}

{% macro alter_job_sql(name, auto) -%}
    {{ return('COPY JOB ALTER ' ~ name ~ ' AUTO ' ~ ('ON' if auto else 'OFF')) }}
{%- endmacro %}
