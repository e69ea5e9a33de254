{#- The one generator of COPY: jobs, manual loads and manifests differ only in what follows. -#}
{% macro copy_sql(feed, job, url) -%}
    {%- set options = [] -%}
    {%- for option, value in job.items() if option in copy_options() -%}
        {%- do options.append(copy_option_sql(option, value)) -%}
    {%- endfor -%}
    {%- if 'region' not in job and job.format in copy_options().region.formats -%}
        {%- do options.append(copy_option_sql('region', aws_region())) -%}
    {%- endif -%}
    COPY {{ feed.relation }} ({{ quoted_names(feed.columns | map(attribute='name')) }})
    FROM {{ quoted_text(url) }}
    IAM_ROLE {{ quoted_text(var('copy_role_arn')) }}
    {{ copy_formats()[job.format] }} {{ options | join(' ') }}
{%- endmacro %}

{% macro copy_job_sql(feed, job) -%}
    {{ copy_sql(feed, job, copy_url(job)) }}
    JOB CREATE {{ copy_job_name(job) }} AUTO {{ 'ON' if job.get('auto', true) else 'OFF' }}
{%- endmacro %}

{% macro copy_option_sql(option, value) -%}
    {%- set known = copy_options()[option] -%}
    {%- set keyword = known.get('keyword', option | upper) -%}
    {%- if known.type == 'flag' -%}
        {{ return(keyword) }}
    {%- elif known.type == 'integer' -%}
        {{ return(keyword ~ ' ' ~ value) }}
    {%- endif -%}
    {{ return(keyword ~ ' ' ~ quoted_text(value)) }}
{%- endmacro %}

{% macro copy_url(job) -%}
    {{ return('s3://' ~ var('landing_bucket') ~ '/' ~ job.prefix) }}
{%- endmacro %}

{#- Job names are one namespace per database, so an analyst's copies carry the schema's name. -#}
{% macro copy_job_name(job) -%}
    {{ return(job.name if target.schema == 'public' else target.schema ~ '_' ~ job.name) }}
{%- endmacro %}

{% macro aws_region() -%}
    {{ return(env_var('AWS_REGION', '') or env_var('AWS_DEFAULT_REGION', '') or 'us-east-1') }}
{%- endmacro %}
