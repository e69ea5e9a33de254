{#- What stands between the warehouse and the declaration: a list of steps, tables before jobs. It reads the
    catalog and the log by itself and no model, because pre-hooks ask it before any model is built. -#}
{% macro landing_plan(jobs, strangers=false) %}
    {%- set tables = bookkeeping_tables() + (jobs | map(attribute='feed') | unique(attribute='unique_id') | list) -%}
    {%- set catalog, steps = landing_catalog(tables), [] -%}
    {%- set log = logged_jobs() if bookkeeping('landing_log') in catalog.tables else {} -%}
    {%- for table in tables -%}
        {%- do steps.extend(table_plan(table, catalog.tables.get(table.relation))) -%}
    {%- endfor -%}
    {%- set refused = steps | selectattr('action', 'equalto', 'refused') | map(attribute='object') | list -%}
    {%- for job in jobs if job.enabled -%}
        {%- do steps.append(declared_job_step(
            job, catalog.jobs.get(job.name), log.get(job.name, {}), job.feed.object in refused
        )) -%}
    {%- endfor -%}
    {%- set declared = jobs | selectattr('enabled') | map(attribute='name') | list -%}
    {%- for name, actual in catalog.jobs.items() if strangers and name not in declared -%}
        {%- set step = ['orphan', 'no longer declared; prune: true drops it'] if 'life' in log.get(name, {})
            else ['foreign', 'not made by this project'] -%}
        {%- do steps.append(job_step(name, *step, actual=actual)) -%}
    {%- endfor -%}
    {%- do refuse_misfits(steps, catalog) -%}
    {%- set left_to = {
        'unchanged': 'nobody', 'held': 'nobody', 'kept': 'nobody', 'foreign': 'nobody', 'create': 'build',
        'add column': 'build', 'widen': 'build', 'adopt': 'build', 'orphan': 'prune', 'refused': 'people',
        'invisible': 'people',
    } -%}
    {%- for step in steps -%}
        {%- do step.update(left_to=left_to.get(step.action, 'apply')) -%}
    {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}

{% macro plan_of(select=none) %}
    {%- do validate_landing() -%}
    {{ return(landing_plan(declared_jobs(select), strangers=select is none)) }}
{% endmacro %}

{% macro job_step(name, action, reason='', fields=[], job=none, actual=none, auto=none) %}
    {%- set alter, drop = 'COPY JOB ALTER ' ~ name ~ ' AUTO ', 'COPY JOB DROP ' ~ name -%}
    {%- set create = copy_job_sql(job, auto) if action in ['create', 'replace', 'reset'] -%}
    {{ return({
        'kind': 'job', 'object': name, 'action': action, 'reason': reason or '', 'fields': fields, 'select': name,
        'job': job, 'actual': actual,
        'sql': {
            'create': [create], 'replace': [alter ~ 'OFF', drop, create], 'reset': [alter ~ 'OFF', drop, create],
            'orphan': [alter ~ 'OFF', drop], 'drop': [alter ~ 'OFF', drop], 'run': ['COPY JOB RUN ' ~ name],
            'resume': [] if actual.auto else [alter ~ 'ON'], 'pause': [alter ~ 'OFF'] if actual.auto else [],
        }.get(action, []),
    }) }}
{% endmacro %}

{#- The first rule that holds decides. What an operator did last to AUTO outlives every step. A user that is
    no superuser sees only its own jobs, so another's is not "missing". -#}
{% macro declared_job_step(job, actual, lines, is_stuck) %}
    {%- set life, altered = lines.get('life', {}), lines.get('auto', {}) -%}
    {%- set auto = altered.action == 'resumed' if altered else job.auto -%}
    {%- set changed, way_out = {
        'apply': ['replace', ''], 'continue': ['kept', ' (on_change: continue)'],
        'fail': ['refused', ' (on_change: fail; set it to apply to have the job replaced)'],
    }[job.on_change] -%}
    {%- set user = run_query('select usename, usesuper from pg_user where usename = current_user').rows[0]
        if life and not actual else {} -%}
    {%- set fields = definition_differences(life.definition, job_definition(job)) if life.definition else [] -%}
    {%- set is_another = life.job_id and life.job_id | int != actual.id -%}
    {%- set stranger = stranger_problem(job, actual) if actual and not life -%}
    {%- set interrupted, align = 'its replacement was interrupted', 'resume' if job.auto else 'pause' -%}
    {%- set held = altered.action ~ ' by ' ~ altered.done_by ~ '; jobs ' ~ align ~ ' ends that' -%}
    {%- set rules = [
        [is_stuck, 'refused', 'its table is refused'],
        [user and life.done_by != user.usename and not user.usesuper, 'invisible', 'made by ' ~ life.done_by ~ '; '
            ~ user.usename ~ ' sees only its own jobs: work as ' ~ life.done_by ~ ' or as a superuser'],
        [not actual and life.action == 'replacing', 'create', interrupted],
        [not actual and life and life.action != 'creating', 'create', 'dropped by hand'],
        [not actual, 'create', 'not there yet'],
        [stranger, 'refused', stranger],
        [not life, 'adopt', 'there already, and not in the log'],
        [life.action == 'replacing', 'replace', interrupted],
        [is_another, changed, 'dropped and created by hand' ~ way_out, ['job_id']],
        [fields, changed, fields | join(', ') ~ way_out, fields],
        [life.action == 'creating', 'adopt', 'its creation was not recorded to the end'],
        [actual.auto == job.auto, 'unchanged'],
        [actual.auto == auto, 'held', held],
        [true, align, 'altered by hand', ['auto']],
    ] -%}
    {{ return(job_step(job.name, *(rules | selectattr(0) | first)[1:], job=job, actual=actual, auto=auto)) }}
{% endmacro %}
