{#- dbt run-operation copy_manifest --args '{source: tpcds, table: item, job: job_item,
    manifest_url: "s3://retail-landing/_manifests/item.json"}'

    Loads exactly the objects that the manifest lists, with the options of the job: the way in
    for objects that were in the bucket before the job was created. Loading them twice is up to
    the caller, because a plain COPY neither reads nor writes the job's history. -#}
{% macro copy_manifest(source, table, job, manifest_url) %}
    {%- do validate_landing() -%}
    {%- set feed = selected_feeds(source ~ '.' ~ table)[0] -%}
    {%- set declared = feed_job(feed, job) -%}
    {%- do run_query(copy_sql(feed, declared, manifest_url) ~ ' MANIFEST') -%}
    {%- do log('landing: ' ~ feed.relation ~ ': loaded ' ~ manifest_url, info=true) -%}
{% endmacro %}

{#- dbt run-operation describe_landing --quiet: every feed and job as one JSON document, for
    programs that must know where files arrive. -#}
{% macro describe_landing() %}
    {%- do validate_landing() -%}
    {%- set feeds = [] -%}
    {%- for feed in landing_feeds() -%}
        {%- set jobs = [] -%}
        {%- for job in feed.jobs -%}
            {%- do jobs.append({
                'job': copy_job_name(job),
                'declared_name': job.name,
                'bucket': var('landing_bucket'),
                'prefix': job.prefix,
                'auto': job.get('auto', true),
                'copy': copy_job_sql(feed, job),
            }) -%}
        {%- endfor -%}
        {%- do feeds.append({
            'source': feed.name.split('.')[0],
            'table': feed.name.split('.')[1],
            'schema': feed.schema,
            'relation': feed.relation,
            'jobs': jobs,
        }) -%}
    {%- endfor -%}
    {%- do print(tojson(feeds)) -%}
{% endmacro %}

{% macro feed_job(feed, name) %}
    {%- for job in feed.jobs if name in (job.name, copy_job_name(job)) -%}
        {{ return(job) }}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        feed.name ~ " has no copy job '" ~ name ~ "'; it has "
        ~ (feed.jobs | map(attribute='name') | join(', '))
    ) -%}
{% endmacro %}
