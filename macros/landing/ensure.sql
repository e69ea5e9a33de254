{#- Pre-hook of the staging models: what the model's sources declare is there when it runs.
    It asks the catalog once and sends DDL only for what is missing. -#}
{% macro ensure_landing() %}
    {%- if execute -%}
        {%- set feeds = [] -%}
        {%- for feed in landing_feeds() if feed.unique_id in model.depends_on.nodes -%}
            {%- do feeds.append(feed) -%}
        {%- endfor -%}
        {%- if feeds -%}
            {%- do apply_landing_plan(landing_plan(feeds)) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- What stands between the catalog and the declaration: one step per table and job, each with
    the object, what happens to it, and the statements that do it. -#}
{% macro landing_plan(feeds) %}
    {%- set existing = landing_catalog(feeds) -%}
    {%- set steps = [] -%}
    {%- for feed in feeds -%}
        {%- if 'table ' ~ feed.schema ~ '.' ~ feed.table in existing -%}
            {%- do steps.append({'object': feed.relation, 'action': 'unchanged', 'sql': []}) -%}
        {%- else -%}
            {%- do steps.append({'object': feed.relation, 'action': 'create table', 'sql': [
                'create schema if not exists ' ~ quoted_name(feed.schema),
                landing_table_sql(feed),
            ]}) -%}
        {%- endif -%}
        {%- for job in feed.jobs -%}
            {%- set name = copy_job_name(job) -%}
            {%- if 'job ' ~ name in existing -%}
                {%- do steps.append({'object': name, 'action': 'unchanged', 'sql': []}) -%}
            {%- else -%}
                {%- do steps.append({
                    'object': name,
                    'action': 'create copy job on ' ~ copy_url(job)
                        ~ ' (it loads objects created from now on; older ones need copy_manifest)',
                    'sql': [copy_job_sql(feed, job)],
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}

{% macro apply_landing_plan(steps) %}
    {%- for step in steps -%}
        {%- do log('landing: ' ~ step.object ~ ': ' ~ step.action, info=(step.sql | length > 0)) -%}
        {%- for statement in step.sql -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{#- The declared tables and jobs that exist, in one query: "table <schema>.<name>", "job <name>". -#}
{% macro landing_catalog(feeds) %}
    {%- set tables = [] -%}
    {%- set jobs = [] -%}
    {%- for feed in feeds -%}
        {%- do tables.append(quoted_text(feed.schema ~ '.' ~ feed.table)) -%}
        {%- for job in feed.jobs -%}
            {%- do jobs.append(quoted_text(copy_job_name(job))) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set query -%}
        select 'table ' || table_schema || '.' || table_name as found
        from svv_tables
        where table_schema || '.' || table_name in ({{ tables | join(', ') }})
        union all
        select 'job ' || trim(job_name) as found
        from sys_copy_job
        where trim(job_name) in ({{ jobs | join(', ') }})
    {%- endset -%}
    {{ return(run_query(query).columns['found'].values() | list) }}
{% endmacro %}

{#- dbt run-operation prepare_landing [--args '{select: tpcds.item}'] -#}
{% macro prepare_landing(select=none) %}
    {%- do validate_landing() -%}
    {%- set steps = landing_plan(selected_feeds(select)) -%}
    {%- do apply_landing_plan(steps) -%}
    {%- set created = steps | selectattr('sql') | list | length -%}
    {%- do log(
        'landing: ' ~ created ~ ' created, ' ~ ((steps | length) - created) ~ ' already in place',
        info=true
    ) -%}
{% endmacro %}
