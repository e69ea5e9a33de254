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
        {%- set step = job_step(job, state, job.schema ~ '.' ~ job.table in refused) -%}
        {%- do step.update({'auto': auto_of(job, state.log)}) -%}
        {%- do steps.append(step) -%}
    {%- endfor -%}
    {%- if strangers -%}
        {%- set declared = jobs | selectattr('enabled') | map(attribute='name') | list -%}
        {%- for actual in state.catalog.jobs.values() if actual.name not in declared -%}
            {%- do steps.append(stranger_step(actual, state)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(check_samples(steps, state)) }}
{% endmacro %}

{#- Catalog and log: what the plan is made from. Two queries, whatever the number of feeds. -#}
{% macro landing_state(feeds) %}
    {%- set tables = bookkeeping_tables() + feeds -%}
    {%- set catalog = landing_catalog(tables) -%}
    {{ return({
        'tables': tables,
        'catalog': catalog,
        'log': logged_jobs() if has_bookkeeping(catalog, 'landing_log') else {},
    }) }}
{% endmacro %}

{% macro job_step(job, state, table_refused) %}
    {%- set actual = state.catalog.jobs.get(job.name) -%}
    {%- set line = state.log.get(job.name, {}).get('life') -%}
    {%- set known = line if line and line.action != 'dropped' else none -%}
    {%- if table_refused -%}
        {{ return(new_job_step(job, 'refused', 'its table is refused')) }}
    {%- elif actual is none -%}
        {{ return(missing_job_step(job, known, state.catalog)) }}
    {%- elif known is none -%}
        {{ return(unknown_job_step(job, actual)) }}
    {%- elif known.action == 'replacing' -%}
        {{ return(new_job_step(job, 'replace', 'its replacement was interrupted')) }}
    {%- elif known.job_id is not none and known.job_id | int != actual.id -%}
        {{ return(changed_job_step(job, 'dropped and created by hand', ['job_id'])) }}
    {%- elif known.definition != job_definition(job) -%}
        {%- set fields = definition_differences(known.definition, job_definition(job)) -%}
        {{ return(changed_job_step(job, fields | join(', '), fields)) }}
    {%- elif known.action == 'creating' -%}
        {{ return(new_job_step(job, 'adopt', 'its creation was not recorded to the end')) }}
    {%- endif -%}
    {{ return(auto_step(job, actual, state.log[job.name].auto)) }}
{% endmacro %}

{% macro new_job_step(job, action, reason, fields=[], sql=[]) %}
    {{ return({
        'kind': 'job',
        'object': job.name,
        'action': action,
        'reason': reason,
        'fields': fields,
        'sql': sql,
        'job': job,
    }) }}
{% endmacro %}

{#- A user that is not a superuser sees only its own jobs, so another's is not "missing". -#}
{% macro missing_job_step(job, known, catalog) %}
    {%- if known and known.done_by != catalog.user and not catalog.is_superuser -%}
        {{ return(new_job_step(
            job, 'invisible',
            'made by ' ~ known.done_by ~ '; ' ~ catalog.user ~ ' sees only its own jobs: work as '
            ~ known.done_by ~ ' or as a superuser'
        )) }}
    {%- endif -%}
    {%- set reason = 'not there yet' -%}
    {%- if known and known.action == 'replacing' -%}
        {%- set reason = 'its replacement was interrupted' -%}
    {%- elif known and known.action != 'creating' -%}
        {%- set reason = 'dropped by hand' -%}
    {%- endif -%}
    {{ return(new_job_step(job, 'create', reason, [], [copy_job_sql(job.feed, job.job)])) }}
{% endmacro %}

{#- A job of ours by name that the log does not know: made before there was a log, or by hand. All
    that its 256 characters of text tell reliably is the table, which comes first. -#}
{% macro unknown_job_step(job, actual) %}
    {%- set wanted = modules.re.sub('[^a-z0-9_.]', '', job.schema ~ '.' ~ job.table) -%}
    {%- set text = modules.re.sub('[^a-z0-9_.]', '', actual.text | lower) -%}
    {%- if text.startswith('copy' ~ wanted) or text.startswith('copy' ~ job.table) -%}
        {{ return(new_job_step(job, 'adopt', 'there already, and not in the log')) }}
    {%- endif -%}
    {{ return(new_job_step(
        job, 'refused',
        "a job of this name loads another table (" ~ actual.text[:60] ~ '…); rename this one, or drop'
        ~ ' the other by hand: COPY JOB DROP ' ~ job.name
    )) }}
{% endmacro %}

{% macro changed_job_step(job, reason, fields) %}
    {%- set action = {'apply': 'replace', 'continue': 'kept', 'fail': 'refused'}[job.on_change] -%}
    {%- set note = {
        'apply': '',
        'continue': ' (on_change: continue)',
        'fail': ' (on_change: fail; set it to apply to have the job replaced)',
    }[job.on_change] -%}
    {{ return(new_job_step(job, action, reason ~ note, fields, [
        'COPY JOB ALTER ' ~ job.name ~ ' AUTO OFF',
        'COPY JOB DROP ' ~ job.name,
        copy_job_sql(job.feed, job.job),
    ] if action == 'replace' else [])) }}
{% endmacro %}

{#- Whether a job is to load by itself: as declared, unless an operator decided otherwise. -#}
{% macro auto_of(job, log) %}
    {%- set line = log.get(job.name, {}).get('auto') -%}
    {{ return(job.auto if line is none else line.action == 'resumed') }}
{% endmacro %}

{#- `line` is what an operator last did: a job that was paused on purpose stays paused. -#}
{% macro auto_step(job, actual, line) %}
    {%- set held = line is not none and (line.action == 'resumed') == actual.auto -%}
    {%- if actual.auto == job.auto -%}
        {{ return(new_job_step(job, 'unchanged', '')) }}
    {%- elif held -%}
        {{ return(new_job_step(
            job, 'held', line.action ~ ' by ' ~ line.done_by ~ '; '
            ~ ('resume' if job.auto else 'pause') ~ '_copy_job ends that'
        )) }}
    {%- endif -%}
    {{ return(new_job_step(
        job, 'resume' if job.auto else 'pause', 'altered by hand', ['auto'],
        ['COPY JOB ALTER ' ~ job.name ~ ' AUTO ' ~ ('ON' if job.auto else 'OFF')]
    )) }}
{% endmacro %}

{#- A job that is not declared: ours if the log says that this project made it. -#}
{% macro stranger_step(actual, state) %}
    {%- set line = state.log.get(actual.name, {}).get('life') -%}
    {%- set is_ours = line is not none and line.action != 'dropped' -%}
    {{ return({
        'kind': 'job',
        'object': actual.name,
        'action': 'orphan' if is_ours else 'foreign',
        'reason': 'no longer declared; prune: true drops it' if is_ours else 'not made by this project',
        'fields': [],
        'sql': ['COPY JOB DROP ' ~ actual.name] if is_ours else [],
        'definition': line.definition if is_ours else none,
    }) }}
{% endmacro %}
