{#- dbt run-operation describe_landing --quiet: what programs must know that look at S3 for dbt, as
    one JSON document: every feed and job, how an inventory of the bucket is handed over, and the
    relation of each model. -#}
{% macro describe_landing() %}
    {%- do validate_landing() -%}
    {%- set feeds, relations = [], {} -%}
    {%- for feed in landing_feeds() -%}
        {%- set jobs = [] -%}
        {%- for job in declared_jobs(feed.name) if job.enabled -%}
            {%- do jobs.append({
                'job': job.name, 'declared_name': job.declared_name, 'bucket': job.bucket,
                'prefix': job.prefix, 'auto': job.auto, 'daily': job.job.get('daily', false),
                'format': job.job.format, 'header': job.job.get('ignoreheader', 0) > 0,
                'delimiter': job.job.get('delimiter', ',' if job.job.format == 'csv' else '|'),
                'compression': job.job.keys() | select('in', ['gzip', 'bzip2', 'lzop', 'zstd']) | first or none,
                'copy': copy_job_sql(job),
            }) -%}
        {%- endfor -%}
        {%- do feeds.append({
            'source': feed.source, 'table': feed.table, 'schema': feed.schema, 'relation': feed.relation,
            'jobs': jobs,
        }) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type in ['model', 'snapshot'] -%}
        {%- do relations.update({node.name: node.relation_name}) -%}
    {%- endfor -%}
    {%- do print(tojson({
        'feeds': feeds, 'inventory': inventory_handover(), 'ops_views_hash': ops_views_hash(),
        'relations': relations,
    })) -%}
{% endmacro %}

{#- Where the inventory and the samples are put, as gzip CSV without header, and the statements that
    take them in: one transaction, so that nobody sees half an inventory. `create` is needed before
    the first copy job is, because that is judged by a sample. -#}
{% macro inventory_handover() %}
    {%- set files, create, load = {}, [], [] -%}
    {%- for table in bookkeeping_tables() if table.table in ['s3_inventory', 's3_samples'] -%}
        {%- set key = '_inventory/' ~ target.schema ~ '_' ~ table.table ~ '.csv.gz' -%}
        {%- do files.update({table.table: {'key': key, 'columns': table.columns | map(attribute='name') | list}}) -%}
        {%- do create.extend(['create schema if not exists ' ~ quoted_name(table.schema), create_table_sql(table)]) -%}
        {%- do load.extend(['delete from ' ~ table.relation, copy_sql(
            table, {'format': 'csv', 'gzip': true, 'timeformat': 'auto'},
            's3://' ~ var('landing_bucket') ~ '/' ~ key
        )]) -%}
    {%- endfor -%}
    {{ return({'files': files, 'create': create, 'load': load}) }}
{% endmacro %}
