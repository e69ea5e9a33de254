{#- A feed is a source table that declares copy jobs. Tables, feeds and jobs are handed around as
    the dictionaries that these macros return, so that the shape of dbt's graph is known here alone. -#}

{% macro landing_feeds() %}
    {%- set feeds = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- if 'copy_jobs' in node.config.meta -%}
            {%- set feed = source_table(node) -%}
            {%- do feed.update({'jobs': node.config.meta.copy_jobs}) -%}
            {%- do feeds.append(feed) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(feeds) }}
{% endmacro %}

{% macro source_table(node) %}
    {{ return({
        'unique_id': node.unique_id,
        'file': node.original_file_path,
        'name': node.source_name ~ '.' ~ node.name,
        'source': node.source_name,
        'schema': node.schema,
        'table': node.identifier,
        'relation': quoted_name(node.schema) ~ '.' ~ quoted_name(node.identifier),
        'columns': node.columns.values() | list,
        'meta': node.config.meta,
        'attributes': node.config.meta.get('table', {}),
    }) }}
{% endmacro %}

{#- Every declared job, with its defaults filled in. `select` is a source, a source.table, a job as
    declared or as the warehouse names it, or a list of these; none is all. -#}
{% macro declared_jobs(select=none) %}
    {%- set jobs = [] -%}
    {%- for feed in landing_feeds() -%}
        {%- for job in feed.jobs -%}
            {%- do jobs.append({
                'name': copy_job_name(job),
                'declared_name': job.name,
                'feed': feed,
                'job': job,
                'bucket': var('landing_bucket'),
                'prefix': job.prefix,
                'url': copy_url(job),
                'schema': feed.schema,
                'table': feed.table,
                'relation': feed.relation,
                'auto': job.get('auto', true),
                'enabled': job.get('enabled', true),
                'on_change': job.get('on_change', 'apply'),
                'on_existing_files': job.get('on_existing_files', 'backfill'),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(jobs if select is none else jobs_selected(jobs, select)) }}
{% endmacro %}

{#- Those of `jobs` that `select` names; a name that matches none is an error that lists what there is. -#}
{% macro jobs_selected(jobs, select) %}
    {%- set wanted = [select] if select is string else select -%}
    {%- set selected = [] -%}
    {%- for name in wanted -%}
        {%- set found = [] -%}
        {%- for job in jobs if name in (job.feed.source, job.feed.name, job.declared_name, job.name) -%}
            {%- do found.append(job) -%}
        {%- endfor -%}
        {%- if not found -%}
            {%- do exceptions.raise_compiler_error(
                "select: nothing is called '" ~ name ~ "'; sources and tables are "
                ~ ((jobs | map(attribute='feed.source') | unique | list
                    + (jobs | map(attribute='feed.name') | unique | list)) | join(', '))
                ~ '; copy jobs are ' ~ (jobs | map(attribute='declared_name') | join(', '))
            ) -%}
        {%- endif -%}
        {%- do selected.extend(found) -%}
    {%- endfor -%}
    {{ return(selected | unique(attribute='name') | list) }}
{% endmacro %}

{#- The feeds of the selected jobs. -#}
{% macro selected_feeds(select=none) %}
    {%- if select is none -%}
        {{ return(landing_feeds()) }}
    {%- endif -%}
    {{ return(declared_jobs(select) | map(attribute='feed') | unique(attribute='unique_id') | list) }}
{% endmacro %}
