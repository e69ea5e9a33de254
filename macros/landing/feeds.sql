{#- A feed is a source table that declares copy jobs. Tables, feeds and jobs are handed around as
    the dictionaries that these macros return, so that the shape of dbt's graph is known here alone. -#}

{% macro landing_feeds() %}
    {%- set feeds = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') if 'copy_jobs' in node.config.meta -%}
        {%- do feeds.append(dict(source_table(node), jobs=node.config.meta.copy_jobs)) -%}
    {%- endfor -%}
    {{ return(feeds) }}
{% endmacro %}

{% macro source_table(node) %}
    {{ return({
        'unique_id': node.unique_id, 'file': node.original_file_path, 'source': node.source_name,
        'name': node.source_name ~ '.' ~ node.name, 'description': node.description,
        'schema': node.schema, 'table': node.identifier, 'object': node.schema ~ '.' ~ node.identifier,
        'relation': quoted_names(node.schema) ~ '.' ~ quoted_names(node.identifier),
        'columns': node.columns.values() | list, 'config': node.config,
        'attributes': node.config.meta.get('table', {}),
    }) }}
{% endmacro %}

{% macro declared_jobs(select=none) %}
    {%- set jobs, selected = [], [] -%}
    {%- for feed in landing_feeds() -%}
        {%- for job in feed.jobs -%}
            {%- do jobs.append({
                'name': own_name(job.name), 'declared_name': job.name, 'feed': feed, 'job': job,
                'schema': feed.schema, 'table': feed.table, 'relation': feed.relation,
                'bucket': var('landing_bucket'), 'prefix': job.prefix,
                'url': 's3://' ~ var('landing_bucket') ~ '/' ~ job.prefix,
                'auto': job.get('auto', true), 'enabled': job.get('enabled', true),
                'on_change': job.get('on_change', 'apply'),
                'on_existing_files': job.get('on_existing_files', 'backfill'),
                'on_overwritten_files': job.get('on_overwritten_files', 'stop'),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set known = jobs | map(attribute='feed.source') | list + jobs | map(attribute='feed.name') | list -%}
    {%- for name in ([select] if select is string else select or []) -%}
        {%- set count = selected | length -%}
        {%- for job in jobs if name in (job.feed.source, job.feed.name, job.declared_name, job.name) -%}
            {%- do selected.append(job) -%}
        {%- endfor -%}
        {%- do exceptions.raise_compiler_error(
            "select: nothing is called '" ~ name ~ "'; sources and tables are " ~ (known | unique | join(', '))
            ~ '; copy jobs are ' ~ (jobs | map(attribute='declared_name') | join(', '))
        ) if selected | length == count -%}
    {%- endfor -%}
    {{ return(jobs if select is none else selected | unique(attribute='name') | list) }}
{% endmacro %}
