{#- dbt run-operation reconcile_copy_jobs --args '{select: tpcds.item, format: json}'

    Accounts for every object under the prefixes of the selected jobs: how many have which status, and
    each that is open, with what to do about it. Fails when one is open; with check: false it only
    tells. -#}
{% macro reconcile_copy_jobs(select=none, format='text', check=true) %}
    {%- do validate_landing() -%}
    {%- set objects = built('ops_object_status') ~ ' where ' ~ of_jobs(select) -%}
    {%- set counts = rows_of(
        'select job_name as job, status, count(*) as objects, sum(size) as bytes from ' ~ objects
        ~ ' group by job_name, status order by job_name, status'
    ) -%}
    {%- set open = rows_of(
        'select job_name as job, status, object_url as object,'
        ~ ' cast(modified_at as varchar(19)) as modified_at, is_missed from ' ~ objects
        ~ ' and is_open order by job_name, status, object_url'
    ) -%}
    {%- for row in open -%}
        {%- do row.update({'next': next_step(row.status, row.pop('is_missed'))}) -%}
    {%- endfor -%}
    {%- if format == 'json' -%}
        {%- do print(tojson({'counts': counts, 'open': open})) -%}
    {%- else -%}
        {%- do print_rows(counts, ['job', 'status', 'objects', 'bytes'], format) -%}
        {%- if open -%}
            {%- do print('') -%}
            {%- do print_rows(open, ['job', 'status', 'object', 'modified_at', 'next'], format) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if open and check -%}
        {%- do exceptions.raise_compiler_error(
            (open | length) ~ ' object(s) are not in their tables, and nobody decided that they need not'
            ~ ' be (check: false makes this no error)'
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- The rows of a query as dictionaries: whole numbers as such, null as ''. -#}
{% macro rows_of(query) %}
    {%- set rows = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- set shown = {} -%}
        {%- for column, value in row.dict().items() -%}
            {%- set value = '' if value is none else value -%}
            {%- do shown.update({column: value | int if value is number and value is not boolean else value}) -%}
        {%- endfor -%}
        {%- do rows.append(shown) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}

{% macro next_step(status, is_missed) %}
    {{ return('backfill_copy_job' if is_missed else {
        'failed': 'list_failed_files; then retry_file, quarantine_file or waive_file',
        'overwritten': 'retry_file loads it too; waive_file leaves it',
        'pending': 'its job loads it; run_copy_job or resume_copy_job if the job is paused',
        'unseen': 'its job may yet notice it; then backfill_copy_job',
        'older': 'list the bucket again; then backfill_copy_job',
    }[status]) }}
{% endmacro %}
