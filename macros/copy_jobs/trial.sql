{#- Into a temporary table, because the load history may show a NOLOAD as a load of the feed's own table.
    Columnar formats take no NOLOAD at all. -#}
{% macro trial_copies(urls) %}
    {%- do validate_landing() -%}
    {%- set statements = {} -%}
    {%- for job in declared_jobs() if job.name in urls -%}
        {%- set sample = quoted_names('sample_' ~ job.table) -%}
        {%- set noload = '' if job.job.format in ['parquet', 'orc'] else ' NOLOAD' -%}
        {%- do statements.update({job.name: [
            'create temporary table ' ~ sample ~ ' (like ' ~ job.relation ~ ')',
            copy_sql(dict(job.feed, relation=sample), job.job, urls[job.name]) ~ noload,
        ]}) -%}
    {%- endfor -%}
    {%- do print(tojson(statements)) -%}
{% endmacro %}
