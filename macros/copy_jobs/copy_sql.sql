{#- The one generator of COPY: jobs, backfills and manual loads differ only in what follows. -#}
{% macro copy_sql(feed, job, url) -%}
    {%- set definition = copy_definition(feed, job, url) -%}
    COPY {{ feed.relation }} ({{ quoted_names(definition.columns) }})
    FROM {{ quoted_text(definition.url) }}
    IAM_ROLE {{ quoted_text(definition.iam_role) }}
    {{ ([definition.format] + (definition.options.values() | list)) | select | join(' ') }}
{%- endmacro %}

{#- `auto` overrides what is declared, for a job that an operator has paused or resumed. -#}
{% macro copy_job_sql(job, auto=none) -%}
    {{ copy_sql(job.feed, job.job, job.url) }}
    JOB CREATE {{ job.name }} AUTO {{ 'ON' if (job.auto if auto is none else auto) else 'OFF' }}
{%- endmacro %}

{#- Everything that COPY is given, part by part: what COPY is rendered from, and what the log keeps of a
    job, because SYS_COPY_JOB shows 256 characters of it. AUTO is not part of it: it can be altered. -#}
{% macro copy_definition(feed, job, url) %}
    {%- set format = [copy_formats()[job.format]] -%}
    {%- if job.format in ['json', 'avro'] and 'mapping' not in job -%}
        {%- do format.append("'auto'") -%}
    {%- endif -%}
    {%- set options = {} -%}
    {%- for option, value in job.items() if option in copy_options() -%}
        {%- if option in ['widths', 'mapping'] -%}
            {%- do format.append(copy_option_sql(option, value)) -%}
        {%- else -%}
            {%- do options.update({option: copy_option_sql(option, value)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if 'region' not in job and job.format in copy_options().region[1] -%}
        {%- set region = env_var('AWS_REGION', '') or env_var('AWS_DEFAULT_REGION', '') or 'us-east-1' -%}
        {%- do options.update({'region': copy_option_sql('region', region)}) -%}
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
    {%- set keyword = 'NULL AS' if option == 'null_as' else option | upper -%}
    {%- set kind = copy_options()[option][0] -%}
    {%- if kind == 'flag' -%}
        {{ return(keyword) }}
    {%- elif kind in ['integer', 'switch'] -%}
        {{ return(keyword ~ ' ' ~ ({true: 'ON', false: 'OFF'}[value] if kind == 'switch' else value)) }}
    {%- elif option == 'widths' -%}
        {%- set widths = [] -%}
        {%- for column, width in value.items() -%}
            {%- do widths.append(column ~ ':' ~ width) -%}
        {%- endfor -%}
        {{ return(quoted_text(widths | join(','))) }}
    {%- endif -%}
    {{ return(quoted_text(value) if option == 'mapping' else keyword ~ ' ' ~ quoted_text(value)) }}
{%- endmacro %}

{% macro job_definition(job) %}
    {{ return(tojson(copy_definition(job.feed, job.job, job.url), sort_keys=true)) }}
{% endmacro %}

{#- Which parts differ between two stored definitions: "columns", "url", "options.gzip", … -#}
{% macro definition_differences(stored, declared) %}
    {%- set parts = [] -%}
    {%- for definition in [fromjson(stored), fromjson(declared)] -%}
        {%- set flat = dict(definition) -%}
        {%- for option, text in flat.pop('options', {}).items() -%}
            {%- do flat.update({'options.' ~ option: text}) -%}
        {%- endfor -%}
        {%- do parts.append(flat) -%}
    {%- endfor -%}
    {%- set fields = [] -%}
    {%- for field in parts[0] | list + parts[1] | list if parts[0].get(field) != parts[1].get(field) -%}
        {%- do fields.append(field) -%}
    {%- endfor -%}
    {{ return(fields | unique(case_sensitive=true) | list) }}
{% endmacro %}
