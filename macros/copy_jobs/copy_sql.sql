{#- The one generator of COPY: jobs, backfills and manual loads differ only in what follows. -#}
{% macro copy_sql(feed, job, url) -%}
    {%- set definition = copy_definition(feed, job, url) -%}
    COPY {{ feed.relation }} ({{ quoted_names(definition.columns) }})
    FROM {{ quoted_text(definition.url) }}
    IAM_ROLE {{ quoted_text(definition.iam_role) }}
    {{ ([definition.format] + (definition.options.values() | list)) | select | join(' ') }}
{%- endmacro %}

{% macro copy_job_sql(job, auto=none) -%}
    {{ copy_sql(job.feed, job.job, job.url) }}
    JOB CREATE {{ job.name }} AUTO {{ 'ON' if (job.auto if auto is none else auto) else 'OFF' }}
{%- endmacro %}

{#- What COPY is rendered from, and what the log keeps of a job, because SYS_COPY_JOB shows 256 characters
    of it. AUTO is not part of it: it can be altered. -#}
{% macro copy_definition(feed, job, url) %}
    {%- set kinds, options = copy_options(job.format)[0], {} -%}
    {%- set plain = {'delimited': '', 'fixedwidth': 'FIXEDWIDTH'} -%}
    {%- set format = [plain.get(job.format, 'FORMAT ' ~ job.format | upper)] -%}
    {%- set region = env_var('AWS_REGION', '') or env_var('AWS_DEFAULT_REGION', '') or 'us-east-1' -%}
    {%- set given = dict(job, mapping=job.get('mapping', 'auto'), region=job.get('region', region)) -%}
    {%- for option, value in given.items() if option in kinds -%}
        {%- set kind = kinds[option] -%}
        {%- set words = (value.items() | map('join', ':') | join(',')) if kind == 'widths' else value -%}
        {%- set words = {
            'flag': '', 'switch': 'ON' if value else 'OFF', 'integer': value | string,
        }.get(kind, quoted_text(words)) -%}
        {%- if option in ['widths', 'mapping'] -%}
            {%- do format.append(words) -%}
        {%- else -%}
            {%- do options.update({option: (option | upper | replace('_AS', ' AS') ~ ' ' ~ words) | trim}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({
        'table': feed.object, 'columns': feed.columns | map(attribute='name') | list, 'url': url,
        'iam_role': var('copy_role_arn'), 'format': format | select | join(' '), 'options': options,
    }) }}
{% endmacro %}

{% macro job_definition(job) %}
    {{ return(tojson(copy_definition(job.feed, job.job, job.url), sort_keys=true)) }}
{% endmacro %}

{% macro definition_differences(stored, declared) %}
    {%- set old, new, fields = fromjson(stored), fromjson(declared), [] -%}
    {%- set old, new = dict(old, **old.pop('options')), dict(new, **new.pop('options')) -%}
    {%- for field in dict(old, **new) if old.get(field) != new.get(field) -%}
        {%- do fields.append(field) -%}
    {%- endfor -%}
    {{ return(fields) }}
{% endmacro %}
