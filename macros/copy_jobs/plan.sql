{#- What stands between the warehouse and the declaration: a list of steps, tables before jobs. Each
    says kind, object, action, why, which fields differ, and the SQL that carries it out.

    Actions of jobs: create, replace, resume, pause, adopt (there, and now in the log), orphan (ours,
    no longer declared), unchanged; and without SQL: held (an operator paused or resumed it), kept
    (differs, on_change: continue), refused (differs, on_change: fail; or cannot work), invisible
    (made by another user, and this one sees only its own), foreign (not ours, never touched). -#}
{% macro landing_plan(state, jobs, strangers=false) %}
    {%- set steps = [] -%}
    {%- for table in state.tables -%}
        {%- do steps.extend(table_plan(table, state.catalog)) -%}
    {%- endfor -%}
    {%- set refused = steps | selectattr('action', 'equalto', 'refused') | map(attribute='object') | list -%}
    {%- for job in jobs if job.enabled -%}
        {%- if job.schema ~ '.' ~ job.table in refused -%}
            {%- do steps.append(job_step(job, 'refused', 'its table is refused')) -%}
        {%- else -%}
            {%- do steps.append(declared_job_step(job, state)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set declared = jobs | selectattr('enabled') | map(attribute='name') | list -%}
    {%- for actual in state.catalog.jobs.values() if strangers and actual.name not in declared -%}
        {%- set line = state.log.get(actual.name, {}).get('life') -%}
        {%- set is_ours = line is not none and line.action != 'dropped' -%}
        {%- do steps.append({
            'kind': 'job', 'object': actual.name, 'fields': [],
            'action': 'orphan' if is_ours else 'foreign',
            'reason': 'no longer declared; prune: true drops it' if is_ours else 'not made by this project',
            'sql': ['COPY JOB DROP ' ~ actual.name] if is_ours else [],
        }) -%}
    {%- endfor -%}
    {{ return(check_samples(steps, state)) }}
{% endmacro %}

{#- The plan of everything, or of the selected jobs and their tables. -#}
{% macro plan_of(select=none) %}
    {%- do validate_landing() -%}
    {%- set jobs = declared_jobs(select) -%}
    {%- set feeds = landing_feeds() if select is none
        else jobs | map(attribute='feed') | unique(attribute='unique_id') | list -%}
    {{ return(landing_plan(landing_state(feeds), jobs, strangers=select is none)) }}
{% endmacro %}

{#- Actions that need nobody. -#}
{% macro settled_actions() %}
    {{ return(['unchanged', 'held', 'kept', 'foreign']) }}
{% endmacro %}

{#- Catalog and log: what the plan is made from. Two queries, whatever the number of feeds. -#}
{% macro landing_state(feeds) %}
    {%- set tables = bookkeeping_tables() + feeds -%}
    {%- set catalog = landing_catalog(tables) -%}
    {%- set log = logged_jobs() if has_bookkeeping(catalog, 'landing_log') else {} -%}
    {{ return({'tables': tables, 'catalog': catalog, 'log': log}) }}
{% endmacro %}

{% macro job_step(job, action, reason='', fields=[], sql=[]) %}
    {{ return({
        'kind': 'job', 'object': job.name, 'action': action, 'reason': reason, 'fields': fields,
        'sql': sql, 'job': job, 'select': job.name,
    }) }}
{% endmacro %}

{#- The step of one job. An operator's pause or resume outlives every step: `auto` is how the job will be. -#}
{% macro declared_job_step(job, state) %}
    {%- set actual = state.catalog.jobs.get(job.name) -%}
    {%- set lines = state.log.get(job.name, {}) -%}
    {%- set line, auto_line = lines.get('life'), lines.get('auto') -%}
    {%- set known = line if line and line.action != 'dropped' else none -%}
    {%- if actual is none -%}
        {%- set step = missing_job_step(job, known, state.catalog) -%}
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
        {%- if auto_line is not none and (auto_line.action == 'resumed') == actual.auto -%}
            {%- set step = job_step(
                job, 'held', auto_line.action ~ ' by ' ~ auto_line.done_by ~ '; ' ~ action ~ '_copy_job ends that'
            ) -%}
        {%- else -%}
            {%- set sql = 'COPY JOB ALTER ' ~ job.name ~ ' AUTO ' ~ ('ON' if job.auto else 'OFF') -%}
            {%- set step = job_step(job, action, 'altered by hand', ['auto'], [sql]) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do step.update({'auto': job.auto if auto_line is none else auto_line.action == 'resumed'}) -%}
    {{ return(step) }}
{% endmacro %}

{#- A user that is not a superuser sees only its own jobs, so another's is not "missing". -#}
{% macro missing_job_step(job, known, catalog) %}
    {%- if known and known.done_by != catalog.user and not catalog.is_superuser -%}
        {{ return(job_step(
            job, 'invisible',
            'made by ' ~ known.done_by ~ '; ' ~ catalog.user ~ ' sees only its own jobs: work as '
            ~ known.done_by ~ ' or as a superuser'
        )) }}
    {%- endif -%}
    {%- set reasons = {'replacing': 'its replacement was interrupted', 'creating': 'not there yet'} -%}
    {%- set reason = reasons.get(known.action, 'dropped by hand') if known else 'not there yet' -%}
    {{ return(job_step(job, 'create', reason, [], [copy_job_sql(job)])) }}
{% endmacro %}

{% macro changed_job_step(job, reason, fields) %}
    {%- set notes = {
        'continue': ' (on_change: continue)',
        'fail': ' (on_change: fail; set it to apply to have the job replaced)',
    } -%}
    {%- if job.on_change == 'apply' -%}
        {{ return(job_step(job, 'replace', reason, fields, [
            'COPY JOB ALTER ' ~ job.name ~ ' AUTO OFF', 'COPY JOB DROP ' ~ job.name, copy_job_sql(job),
        ])) }}
    {%- endif -%}
    {{ return(job_step(
        job, 'kept' if job.on_change == 'continue' else 'refused', reason ~ notes[job.on_change], fields
    )) }}
{% endmacro %}
