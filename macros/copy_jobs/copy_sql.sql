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
    {%- set kinds, format, options = copy_options_of(job.format), [copy_formats()[job.format]], {} -%}
    {%- if 'mapping' in kinds and 'mapping' not in job -%}
        {%- do format.append("'auto'") -%}
    {%- endif -%}
    {%- for option, value in job.items() if option in kinds -%}
        {%- if option in ['widths', 'mapping'] -%}
            {%- do format.append(copy_value_sql(kinds[option], value)) -%}
        {%- else -%}
            {%- set keyword = 'NULL AS' if option == 'null_as' else option | upper -%}
            {%- do options.update({option: keyword ~ copy_value_sql(kinds[option], value)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if 'region' in kinds and 'region' not in job -%}
        {%- set region = env_var('AWS_REGION', '') or env_var('AWS_DEFAULT_REGION', '') or 'us-east-1' -%}
        {%- do options.update({'region': 'REGION ' ~ quoted_text(region)}) -%}
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

{% macro copy_value_sql(kind, value) -%}
    {%- if kind == 'widths' -%}
        {{ return(quoted_text(tojson(value)[1:-1] | replace('"', '') | replace(' ', ''))) }}
    {%- elif kind in ['flag', 'switch', 'integer'] -%}
        {{ return({'flag': '', 'switch': ' ON' if value else ' OFF', 'integer': ' ' ~ value}[kind]) }}
    {%- endif -%}
    {{ return((' ' if kind not in ['jsonpaths', 'avropaths'] else '') ~ quoted_text(value)) }}
{%- endmacro %}

{% macro job_definition(job) %}
    {{ return(tojson(copy_definition(job.feed, job.job, job.url), sort_keys=true)) }}
{% endmacro %}

{#- Which parts differ between two stored definitions: "columns", "url", "gzip", … -#}
{% macro definition_differences(stored, declared) %}
    {%- set old, new, fields = fromjson(stored), fromjson(declared), [] -%}
    {%- set old, new = dict(old, **old.pop('options')), dict(new, **new.pop('options')) -%}
    {%- for field in old | list + new | list if old.get(field) != new.get(field) and field not in fields -%}
        {%- do fields.append(field) -%}
    {%- endfor -%}
    {{ return(fields) }}
{% endmacro %}
