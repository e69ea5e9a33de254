{% macro list_copy_jobs(select=none, format='text') %}
    {%- set there, rows = jobs_there(), [] -%}
    {%- for step in plan_of(select) if step.kind == 'job' -%}
        {%- do rows.append(dict({
            'job': step.object, 'table': step.job.feed.object if step.job else '',
            'prefix': step.job.url if step.job else '', 'auto': 'missing', 'state': step.action,
            'ingested': 0, 'pending': 0, 'failed': 0,
        }, **there.get(step.object, {}))) -%}
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

{% macro jobs_there() %}
    {%- set jobs = rows_of(
        "select trim(jobs.job_name) as job, decode(max(jobs.is_auto), 1, 'on', 'off') as auto,"
        ~ " count(decode(left(status, 1), 'I', 1)) as ingested, count(decode(left(status, 1), 'P', 1)) as pending,"
        ~ " count(decode(left(status, 1), 'E', 1)) as failed from sys_copy_job as jobs"
        ~ ' left join sys_copy_job_detail as files on jobs.job_id = files.job_id group by 1'
    ) -%}
    {{ return(dict(zip(jobs | map(attribute='job'), jobs))) }}
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
    {%- do exceptions.raise_compiler_error(
        "format is '" ~ format ~ "'; it must be text or json"
    ) if format not in ['text', 'json'] -%}
    {%- do print(tojson(rows)) if format == 'json' -%}
    {%- set cells = [] -%}
    {%- for column in columns -%}
        {%- set width = (rows | map(attribute=column) | map('string') | list + [column]) | map('length') | max -%}
        {%- do cells.append('%(' ~ column ~ ')-' ~ width ~ 's') -%}
    {%- endfor -%}
    {%- for row in [dict(zip(columns, columns))] + rows if format == 'text' -%}
        {%- do print((cells | join('  ') % row).rstrip()) -%}
    {%- endfor -%}
{% endmacro %}
