{#- dbt run-operation reconcile_copy_jobs --args '{select: tpcds.item, format: json}'

    Accounts for every object under the prefixes of the selected jobs: how many have which standing, and
    each that is open, with what to do about it. Fails when one is open; with check: false it only tells.
    Two queries. -#}
{% macro reconcile_copy_jobs(select=none, format='text', check=true) %}
    {%- do validate_landing() -%}
    {%- set query -%}
        select
            job_name,
            standing,
            is_open,
            is_owed,
            case when is_open then object_url end as object_url,
            max(cast(modified_at as varchar(19))) as modified_at,
            count(*) as objects,
            sum(size) as bytes
        from ({{ object_standings(select) }}) as standings
        group by job_name, standing, is_open, is_owed, case when is_open then object_url end
        order by job_name, standing, object_url
    {%- endset -%}
    {%- set counts, open = {}, [] -%}
    {%- for row in run_query(query).rows -%}
        {%- set key = row.job_name ~ ' ' ~ row.standing -%}
        {%- set count = counts.setdefault(key, {
            'job': row.job_name, 'standing': row.standing, 'objects': 0, 'bytes': 0,
        }) -%}
        {%- do count.update({
            'objects': count.objects + row.objects | int, 'bytes': count.bytes + (row.bytes or 0) | int,
        }) -%}
        {%- if row.is_open -%}
            {%- do open.append({
                'job': row.job_name, 'standing': row.standing, 'object': row.object_url,
                'modified_at': row.modified_at, 'next': next_step(row.standing, row.is_owed),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set counts = counts.values() | list -%}
    {%- if format == 'json' -%}
        {%- do print(tojson({'counts': counts, 'open': open})) -%}
    {%- else -%}
        {%- do print_rows(counts, ['job', 'standing', 'objects', 'bytes'], format) -%}
        {%- if open -%}
            {%- do print('') -%}
            {%- do print_rows(open, ['job', 'standing', 'object', 'modified_at', 'next'], format) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if open and check -%}
        {%- do exceptions.raise_compiler_error(
            (open | length) ~ ' object(s) are not in their tables, and nobody decided that they need not'
            ~ ' be (check: false makes this no error)'
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro next_step(standing, is_owed) %}
    {%- if is_owed -%}
        {{ return('backfill_copy_job') }}
    {%- endif -%}
    {{ return({
        'failed': 'list_failed_files; then retry_file, quarantine_file or waive_file',
        'overwritten': 'retry_file loads it too; waive_file leaves it',
        'pending': 'its job loads it; run_copy_job or resume_copy_job if the job is paused',
        'unseen': 'its job may yet notice it; then backfill_copy_job',
        'older': 'list the bucket again; then backfill_copy_job',
    }[standing]) }}
{% endmacro %}
