{#- What operations print. -#}

{#- dbt run-operation list_copy_jobs: every job with its state and its files. -#}
{% macro list_copy_jobs(select=none, format='text') %}
    {%- set actual, counts, rows = landing_catalog().jobs, file_counts(), [] -%}
    {%- for step in plan_of(select) if step.kind == 'job' -%}
        {%- set there = actual.get(step.object) -%}
        {%- do rows.append(dict({
            'job': step.object,
            'table': step.job.schema ~ '.' ~ step.job.table if step.job else '',
            'prefix': step.job.url if step.job else '',
            'auto': ('on' if there.auto else 'off') if there else 'missing',
            'state': step.action,
            'ingested': 0, 'pending': 0, 'failed': 0,
        }, **counts.get(there.id, {}) if there else {})) -%}
    {%- endfor -%}
    {%- do print_rows(rows, rows[0] | list if rows else ['job'], format) -%}
{% endmacro %}

{#- dbt run-operation show_copy_job --args '{select: job_item}': COPY in full, state, history. -#}
{% macro show_copy_job(select, format='text') %}
    {%- for step in plan_of(select) if step.kind == 'job' -%}
        {%- set rows, copy = [], copy_job_sql(step.job) -%}
        {%- for line in run_query(
            "select cast(logged_at as varchar(19)) as at, action, done_by, coalesce(note, '') as note from "
            ~ bookkeeping('landing_log') ~ ' where object_name = ' ~ quoted_text(step.object) ~ ' order by logged_at'
        ).rows -%}
            {%- do rows.append(line.dict()) -%}
        {%- endfor -%}
        {%- if format == 'json' -%}
            {%- do print(tojson({
                'job': step.object, 'state': step.action, 'reason': step.reason, 'copy': copy, 'log': rows,
            })) -%}
        {%- else -%}
            {%- do print(step.object ~ ': ' ~ step.action ~ (': ' ~ step.reason if step.reason else '')) -%}
            {%- do print(copy) -%}
            {%- do print_rows(rows, ['at', 'action', 'done_by', 'note'], format) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- By job id: how many files it has ingested, has pending and has failed. -#}
{% macro file_counts() %}
    {%- set counts = {} -%}
    {%- for row in run_query(
        'select job_id, left(status, 1) as status, count(*) as files from sys_copy_job_detail group by 1, 2'
    ).rows -%}
        {%- set said = {'I': 'ingested', 'P': 'pending', 'E': 'failed'}.get(row.status, row.status) -%}
        {%- do counts.setdefault(row.job_id | int, {}).update({said: row.files | int}) -%}
    {%- endfor -%}
    {{ return(counts) }}
{% endmacro %}

{#- Rows as one JSON document for programs, or as a table for people. -#}
{% macro print_rows(rows, columns, format='text') %}
    {%- if format not in ['text', 'json'] -%}
        {%- do exceptions.raise_compiler_error("format is '" ~ format ~ "'; it must be text or json") -%}
    {%- endif -%}
    {%- do print(tojson(rows)) if format == 'json' -%}
    {%- set widths = {} -%}
    {%- for column in columns if format == 'text' -%}
        {%- set lengths = rows | map(attribute=column) | map('string') | map('length') | list -%}
        {%- do widths.update({column: (lengths + [column | length]) | max}) -%}
    {%- endfor -%}
    {%- for row in [dict(zip(columns, columns))] + rows if format == 'text' -%}
        {%- set cells = [] -%}
        {%- for column in columns -%}
            {%- do cells.append((row[column] | string).ljust(widths[column])) -%}
        {%- endfor -%}
        {%- do print((cells | join('  ')).rstrip()) -%}
    {%- endfor -%}
{% endmacro %}
