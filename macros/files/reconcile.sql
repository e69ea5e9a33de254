{% macro reconcile_copy_jobs(select=none, format='text', check=true) %}
    {%- do validate_landing() -%}
    {%- set objects = built('ops_object_status') ~ ' where ' ~ of_jobs(select) -%}
    {%- set counts = rows_of(
        'select job_name as job, status, count(*) as objects, cast(sum(size) as bigint) as bytes from ' ~ objects
        ~ ' group by job_name, status order by job_name, status'
    ) -%}
    {%- set open = rows_of(
        'select job_name as job, status, object_url as object, cast(modified_at as varchar(19)) as modified_at,'
        ~ ' next_step as next from ' ~ objects ~ ' and is_open order by job_name, status, object_url'
    ) -%}
    {%- if format == 'json' -%}
        {%- do print(tojson({'counts': counts, 'open': open})) -%}
    {%- else -%}
        {%- do print_rows(counts, ['job', 'status', 'objects', 'bytes'], format) -%}
        {%- do print('') if open -%}
        {%- do print_rows(open, ['job', 'status', 'object', 'modified_at', 'next'], format) if open -%}
    {%- endif -%}
    {%- do exceptions.raise_compiler_error(
        (open | length) ~ ' object(s) are not in their tables, and nobody decided that they need not be'
        ~ ' (check: false makes this no error)'
    ) if open and check -%}
{% endmacro %}

{% macro list_failed_files(select=none, format='text') %}
    {%- do validate_landing() -%}
    {%- do print_rows(rows_of(
        'select job_name as job, status, object_url as object, cast(failed_at as varchar(19)) as failed_at,'
        ~ ' line_number as line, column_name, error_meaning as meaning, error_message as error,'
        ~ ' decided_by, decision_reason as reason from ' ~ built('ops_failed_files')
        ~ ' where ' ~ of_jobs(select) ~ ' order by status, job_name, object_url'
    ), 'job status object failed_at line column_name meaning error decided_by reason'.split(), format) -%}
{% endmacro %}
