{% macro describe_landing() %}
    {%- do validate_landing() -%}
    {%- set jobs = [] -%}
    {%- for job in declared_jobs() if job.enabled -%}
        {%- set options = job.job -%}
        {%- do jobs.append({
            'job': job.name, 'source': job.feed.source, 'schema': job.schema, 'table': job.table,
            'bucket': job.bucket, 'prefix': job.prefix, 'auto': job.auto, 'daily': options.get('daily', false),
            'format': options.format, 'header': options.get('ignoreheader', 0) > 0,
            'delimiter': options.get('delimiter', ',' if options.format == 'csv' else '|'),
            'compression': options | select('in', ['gzip', 'bzip2', 'lzop', 'zstd']) | first or none,
            'copy': copy_job_sql(job),
        }) -%}
    {%- endfor -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'in', ['model', 'snapshot']) | list -%}
    {%- do print(tojson({
        'jobs': jobs, 'inventory': inventory_handover(), 'ops_views_hash': ops_views_hash(),
        'relations': dict(zip(models | map(attribute='name'), models | map(attribute='relation_name'))),
    })) -%}
{% endmacro %}

{#- One transaction loads, so that nobody sees half an inventory. `create` is needed before the first copy
    job is, because that is judged by a sample. -#}
{% macro inventory_handover() %}
    {%- set files, create, load = {}, [], [] -%}
    {%- for table in bookkeeping_tables() if table.table in ['s3_inventory', 's3_samples'] -%}
        {%- set key = '_inventory/' ~ target.schema ~ '_' ~ table.table ~ '.csv.gz' -%}
        {%- do files.update({table.table: {'key': key, 'columns': table.columns | map(attribute='name') | list}}) -%}
        {%- do create.extend(['create schema if not exists ' ~ quoted_names(table.schema), create_table_sql(table)]) -%}
        {%- do load.extend(['delete from ' ~ table.relation, copy_sql(
            table, {'format': 'csv', 'gzip': true, 'timeformat': 'auto'},
            's3://' ~ var('landing_bucket') ~ '/' ~ key
        )]) -%}
    {%- endfor -%}
    {{ return({'files': files, 'create': create, 'load': load}) }}
{% endmacro %}
