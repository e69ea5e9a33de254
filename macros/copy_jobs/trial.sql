{#- dbt run-operation trial_copies --args '{urls: {job_item: "s3://retail-landing/item/a.csv.gz"}}'

    Prints, by job, the statements that try to load one object with the job's options and leave
    nothing behind, to be run in one transaction. -#}
{% macro trial_copies(urls) %}
    {%- do validate_landing() -%}
    {%- set statements = {} -%}
    {%- for feed in landing_feeds() -%}
        {%- for job in feed.jobs if copy_job_name(job) in urls -%}
            {%- set name = copy_job_name(job) -%}
            {%- do statements.update({name: trial_copy_sql(feed, job, urls[name])}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do print(tojson(statements)) -%}
{% endmacro %}

{#- Into a temporary table, because the load history may show a NOLOAD as a load, and the flow
    would then take the object for loaded into the feed's own table. Columnar formats take no
    NOLOAD at all. -#}
{% macro trial_copy_sql(feed, job, url) %}
    {%- set sample = quoted_name('sample_' ~ feed.table) -%}
    {%- set noload = '' if job.format in ['parquet', 'orc'] else ' NOLOAD' -%}
    {{ return([
        'create temporary table ' ~ sample ~ ' (like ' ~ feed.relation ~ ')',
        copy_sql(dict(feed, relation=sample), job, url) ~ noload,
    ]) }}
{% endmacro %}
