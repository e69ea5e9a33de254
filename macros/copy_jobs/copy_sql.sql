{#- The one generator of COPY: jobs, backfills and manual loads differ only in what follows. -#}
{% macro copy_sql(feed, job, url) -%}
    {%- set definition = copy_definition(feed, job, url) -%}
    COPY {{ feed.relation }} ({{ quoted_names(definition.columns) }})
    FROM {{ quoted_text(definition.url) }}
    IAM_ROLE {{ quoted_text(definition.iam_role) }}
    {{ ([definition.format] + (definition.options.values() | list)) | select | join(' ') }}
{%- endmacro %}

{#- `auto` overrides what is declared, for a job that an operator has paused or resumed. -#}
{% macro copy_job_sql(feed, job, auto=none) -%}
    {%- set is_auto = job.get('auto', true) if auto is none else auto -%}
    {{ copy_sql(feed, job, copy_url(job)) }}
    JOB CREATE {{ copy_job_name(job) }} AUTO {{ 'ON' if is_auto else 'OFF' }}
{%- endmacro %}

{#- Everything that COPY is told, part by part: what COPY is rendered from, and what a job's stored
    definition holds. -#}
{% macro copy_definition(feed, job, url) %}
    {%- set format = [copy_formats()[job.format]] -%}
    {%- if job.format in copy_options().mapping.formats and 'mapping' not in job -%}
        {%- do format.append("'auto'") -%}
    {%- endif -%}
    {%- set options = {} -%}
    {%- for option, value in job.items() if option in copy_options() -%}
        {%- if copy_options()[option].get('of_format') -%}
            {%- do format.append(copy_option_sql(option, value)) -%}
        {%- else -%}
            {%- do options.update({option: copy_option_sql(option, value)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if 'region' not in job and job.format in copy_options().region.formats -%}
        {%- do options.update({'region': copy_option_sql('region', aws_region())}) -%}
    {%- endif -%}
    {{ return({
        'table': feed.schema ~ '.' ~ feed.table,
        'columns': feed.columns | map(attribute='name') | list,
        'url': url,
        'iam_role': var('copy_role_arn'),
        'format': format | select | join(' '),
        'options': options,
    }) }}
{% endmacro %}

{% macro copy_option_sql(option, value) -%}
    {%- set known = copy_options()[option] -%}
    {%- set keyword = known.get('keyword', option | upper) -%}
    {%- if known.type == 'flag' -%}
        {{ return(keyword) }}
    {%- elif known.type == 'integer' -%}
        {{ return(keyword ~ ' ' ~ value) }}
    {%- elif known.type == 'switch' -%}
        {{ return(keyword ~ ' ' ~ ({true: 'ON', false: 'OFF'}[value])) }}
    {%- elif known.type == 'widths' -%}
        {%- set widths = [] -%}
        {%- for column, width in value.items() -%}
            {%- do widths.append(column ~ ':' ~ width) -%}
        {%- endfor -%}
        {{ return(quoted_text(widths | join(','))) }}
    {%- elif known.type == 'mapping' -%}
        {{ return(quoted_text(value)) }}
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
