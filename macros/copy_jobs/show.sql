{% macro list_copy_jobs(select=none, format='text') %}
    {%- set actual, counts, rows = landing_catalog().jobs, file_counts(), [] -%}
    {%- for step in plan_of(select) if step.kind == 'job' -%}
        {%- set job, there = step.job, actual.get(step.object) -%}
        {%- do rows.append(dict({
            'job': step.object,
            'table': job.schema ~ '.' ~ job.table if job else '',
            'prefix': job.url if job else '',
            'auto': ('on' if there.auto else 'off') if there else 'missing',
            'state': step.action,
            'ingested': 0, 'pending': 0, 'failed': 0,
        }, **counts.get(there.id, {}) if there else {})) -%}
    {%- endfor -%}
    {%- do print_rows(rows, rows[0] | list if rows else ['job'], format) -%}
{% endmacro %}

{% macro show_copy_job(select, format='text') %}
    {%- for step in plan_of(select) if step.kind == 'job' -%}
        {%- set copy, log = copy_job_sql(step.job), rows_of(
            'select cast(logged_at as varchar(19)) as at, action, done_by, note from '
            ~ bookkeeping('landing_log') ~ ' where object_name = ' ~ quoted_text(step.object) ~ ' order by logged_at'
        ) -%}
        {%- if format == 'json' -%}
            {%- do print(tojson({
                'job': step.object, 'state': step.action, 'reason': step.reason, 'copy': copy, 'log': log,
            })) -%}
        {%- else -%}
            {%- do print(step.object ~ ': ' ~ step.action ~ (': ' ~ step.reason if step.reason else '')) -%}
            {%- do print(copy) -%}
            {%- do print_rows(log, ['at', 'action', 'done_by', 'note'], format) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro file_counts() %}
    {%- set counts = {} -%}
    {%- for row in rows_of(
        "select job_id, decode(left(status, 1), 'I', 'ingested', 'P', 'pending', 'E', 'failed') as status,"
        ~ ' count(*) as files from sys_copy_job_detail group by 1, 2'
    ) -%}
        {%- do counts.setdefault(row.job_id, {}).update({row.status: row.files}) -%}
    {%- endfor -%}
    {{ return(counts) }}
{% endmacro %}

{% macro rows_of(query) %}
    {%- set rows = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- set known = row.dict().items() | rejectattr(1, 'none') -%}
        {%- do rows.append(dict(dict.fromkeys(row.keys(), ''), **dict(known))) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}

{% macro print_rows(rows, columns, format='text') %}
    {%- if format == 'json' -%}
        {{ return(print(tojson(rows))) }}
    {%- elif format != 'text' -%}
        {%- do exceptions.raise_compiler_error("format is '" ~ format ~ "'; it must be text or json") -%}
    {%- endif -%}
    {%- set cells = [] -%}
    {%- for column in columns -%}
        {%- set width = (rows | map(attribute=column) | map('string') | list + [column]) | map('length') | max -%}
        {%- do cells.append('%(' ~ column ~ ')-' ~ width ~ 's') -%}
    {%- endfor -%}
    {%- for row in [dict(zip(columns, columns))] + rows -%}
        {%- do print((cells | join('  ') % row).rstrip()) -%}
    {%- endfor -%}
{% endmacro %}
