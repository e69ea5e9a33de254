{#- A job of ours by name that the log does not know: made before there was a log, or by somebody else.
    It is adopted when its text is the declared COPY, as far as SYS_COPY_JOB shows it. -#}
{% macro unknown_job_step(job, actual) %}
    {%- set declared = copy_sql(job.feed, job.job, job.url) -%}
    {%- set differs = copy_text_difference(copy_text_parts(actual.text), copy_text_parts(declared)) -%}
    {%- if not differs -%}
        {{ return(job_step(job, 'adopt', 'there already, and not in the log')) }}
    {%- endif -%}
    {{ return(job_step(
        job, 'refused',
        'a job of this name exists that this project did not make, and its ' ~ differs ~ ' differs: '
        ~ shown_text(actual.text) ~ '; declared is ' ~ shown_text(declared) ~ '. Declare the job under'
        ~ ' another name, or drop the other: COPY JOB DROP ' ~ job.name
    )) }}
{% endmacro %}

{#- A COPY in parts, each none where the text ends before it: SYS_COPY_JOB cuts at 256 characters. The
    options are a set of words, so their order and the words that COPY lets one leave out do not count. -#}
{% macro copy_text_parts(text) %}
    {%- set plain = modules.re.sub('\\s+', ' ', modules.re.sub('(?s)/\\*.*?\\*/', ' ', text) | replace('"', '')) | trim -%}
    {%- set plain = modules.re.sub('(?i) job create .*$', '', plain) -%}
    {%- set found = modules.re.match(
        "(?i)copy ([\\w.$]*)(?: ?(\\([^)]*\\)))?(?: from '([^']*)'(?: (.*))?)?", plain
    ) -%}
    {%- set table, columns, url, options = found.groups() if found else ['', none, none, none] -%}
    {%- set words = [] -%}
    {%- for word in modules.re.findall("'[^']*'?|[^ ']+", options or '') -%}
        {%- set word = word if word[0] == "'" else word | upper -%}
        {%- if word not in ['AS', 'FORMAT'] -%}
            {%- do words.append(word) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({
        'is_cut': text | length >= 256,
        'table': (table if '.' in table else 'public.' ~ table) | lower,
        'columns': columns | replace(' ', '') | lower if columns else none,
        'url': url,
        'options': words,
        'text': plain | replace(' ', '') | lower,
    }) }}
{% endmacro %}

{#- The first part in which an existing COPY is not the declared one; none when all that can be seen is. -#}
{% macro copy_text_difference(actual, declared) %}
    {%- if actual.table != declared.table -%}
        {{ return('target table') }}
    {%- elif actual.is_cut and actual.url is none -%}
        {{ return(none if declared.text.startswith(actual.text) else 'list of columns') }}
    {%- elif actual.columns != declared.columns -%}
        {{ return('list of columns') }}
    {%- elif actual.url != declared.url -%}
        {{ return('FROM') }}
    {%- endif -%}
    {#- The last word may be cut. -#}
    {%- set seen = actual.options[:-1] if actual.is_cut else actual.options -%}
    {%- set unknown = seen | reject('in', declared.options) | list -%}
    {%- set missing = [] if actual.is_cut else declared.options | reject('in', seen) | list -%}
    {{ return('options' if unknown or missing else none) }}
{% endmacro %}

{% macro shown_text(text) -%}
    {%- set line = modules.re.sub('\\s+', ' ', text) -%}
    {{ return(line if line | length <= 160 else line[:160] ~ '…') }}
{%- endmacro %}
