{#- What operations print. -#}

{#- dbt run-operation list_copy_jobs: every job with its state and its files. -#}
{% macro list_copy_jobs(select=none, format='text') %}
    {%- set steps = plan_of(select) -%}
    {%- set state = landing_catalog(bookkeeping_tables()).jobs -%}
    {%- set counts = file_counts() -%}
    {%- set rows = [] -%}
    {%- for step in steps if step.kind == 'job' -%}
        {%- set actual = state.get(step.object) -%}
        {%- set files = counts.get(actual.id if actual else none, {}) -%}
        {%- do rows.append({
            'job': step.object,
            'table': step.job.schema ~ '.' ~ step.job.table if step.job else '',
            'prefix': step.job.url if step.job else '',
            'auto': 'missing' if actual is none else ('on' if actual.auto else 'off'),
            'state': step.action,
            'ingested': files.get('ingested', 0),
            'pending': files.get('pending', 0),
            'failed': files.get('failed', 0),
        }) -%}
    {%- endfor -%}
    {%- do print_rows(rows, rows[0] | list if rows else ['job'], format) -%}
{% endmacro %}

{#- dbt run-operation show_copy_job --args '{select: job_item}': COPY in full, state, history. -#}
{% macro show_copy_job(select, format='text') %}
    {%- set steps = plan_of(select) | selectattr('kind', 'equalto', 'job') | list -%}
    {%- for step in steps -%}
        {%- set query -%}
            select cast(logged_at as varchar(19)) as at, action, done_by, coalesce(note, '') as note
            from {{ bookkeeping('landing_log') }}
            where object_name = {{ quoted_text(step.object) }}
            order by logged_at
        {%- endset -%}
        {%- set rows = [] -%}
        {%- for line in run_query(query).rows -%}
            {%- do rows.append(line.dict()) -%}
        {%- endfor -%}
        {%- if format == 'json' -%}
            {%- do print(tojson({
                'job': step.object, 'state': step.action, 'reason': step.reason,
                'copy': copy_job_sql(step.job.feed, step.job.job), 'log': rows,
            })) -%}
        {%- else -%}
            {%- do print(step.object ~ ': ' ~ step.action ~ (': ' ~ step.reason if step.reason else '')) -%}
            {%- do print(copy_job_sql(step.job.feed, step.job.job)) -%}
            {%- do print_rows(rows, ['at', 'action', 'done_by', 'note'], 'text') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- By job id: how many files it has ingested, has pending and has failed. -#}
{% macro file_counts() %}
    {%- set query -%}
        select
            job_id,
            sum(case when left(status, 1) = 'I' then 1 else 0 end) as ingested,
            sum(case when left(status, 1) = 'P' then 1 else 0 end) as pending,
            sum(case when left(status, 1) = 'E' then 1 else 0 end) as failed
        from sys_copy_job_detail
        group by job_id
    {%- endset -%}
    {%- set counts = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do counts.update({row.job_id | int: {
            'ingested': row.ingested | int, 'pending': row.pending | int, 'failed': row.failed | int,
        }}) -%}
    {%- endfor -%}
    {{ return(counts) }}
{% endmacro %}

{#- Steps as plain rows: without what only macros need. -#}
{% macro steps_shown(steps) %}
    {%- set rows = [] -%}
    {%- for step in steps -%}
        {%- do rows.append({
            'kind': step.kind, 'object': step.object, 'action': step.action,
            'reason': step.reason, 'fields': step.fields, 'sql': step.sql,
        }) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}

{#- "2 create, 1 replace, 8 unchanged" -#}
{% macro summary_of(steps) %}
    {%- set counts = {} -%}
    {%- for step in steps -%}
        {%- do counts.update({step.action: counts.get(step.action, 0) + 1}) -%}
    {%- endfor -%}
    {%- set words = [] -%}
    {%- for action, count in counts.items() -%}
        {%- do words.append(count ~ ' ' ~ action) -%}
    {%- endfor -%}
    {{ return(words | join(', ')) }}
{% endmacro %}

{#- Rows as one JSON document for programs, or as a table for people. -#}
{% macro print_rows(rows, columns, format='text') %}
    {%- if format == 'json' -%}
        {%- do print(tojson(rows)) -%}
    {%- elif format == 'text' -%}
        {%- set header, widths = {}, {} -%}
        {%- for column in columns -%}
            {%- do header.update({column: column}) -%}
            {%- set cells = rows | map(attribute=column) | map('string') | map('length') | list -%}
            {%- do widths.update({column: (cells + [column | length]) | max}) -%}
        {%- endfor -%}
        {%- for row in [header] + rows -%}
            {%- set cells = [] -%}
            {%- for column in columns -%}
                {%- do cells.append((row[column] | string).ljust(widths[column])) -%}
            {%- endfor -%}
            {%- do print((cells | join('  ')).rstrip()) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do exceptions.raise_compiler_error("format is '" ~ format ~ "'; it must be text or json") -%}
    {%- endif -%}
{% endmacro %}
