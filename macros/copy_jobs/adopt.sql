{#- A job of ours by name that the log does not know: made before there was a log, or by somebody else.
    It is adopted when its text is the declared COPY, as far as SYS_COPY_JOB shows it. -#}
{% macro unknown_job_step(job, actual) %}
    {%- set declared = copy_sql(job.feed, job.job, job.url) -%}
    {%- set differs = copy_difference(copy_parts(actual.text), copy_parts(declared)) -%}
    {%- if not differs -%}
        {{ return(job_step(job, 'adopt', 'there already, and not in the log')) }}
    {%- endif -%}
    {{ return(job_step(
        job, 'refused', 'a job of this name exists that this project did not make, and its ' ~ differs
        ~ ' differs: ' ~ (actual.text | truncate(160, true, '…')) ~ '; declared is '
        ~ (declared.split() | join(' ') | truncate(160, true, '…')) ~ '. Declare the job under another name,'
        ~ ' or drop the other: COPY JOB DROP ' ~ job.name
    )) }}
{% endmacro %}

{#- A COPY in parts, each none where the text ends before it. The options are words in any order, without
    those that COPY lets one leave out. -#}
{% macro copy_parts(text) %}
    {%- set plain = modules.re.sub('(?s)/[*].*?([*]/|$)|(?i: job create .*$)', ' ', text | replace('"', '')) -%}
    {%- set plain = plain.split() | join(' ') -%}
    {%- set found = modules.re.match(
        "(?i)copy ([\\w.$]*)(?: ?(\\([^)]*\\)))?(?: from '([^']*)'(?: (.*))?)?", plain
    ) -%}
    {%- set table, columns, url, options = found.groups() if found else ['', none, none, none] -%}
    {%- set words = [] -%}
    {%- for word in modules.re.findall("'[^']*'?|[^ ']+", options or '') -%}
        {%- do words.append(word if word[0] == "'" else word | upper) -%}
    {%- endfor -%}
    {{ return({
        'is_cut': text | length >= 256,
        'table': (table if '.' in table else 'public.' ~ table) | lower,
        'columns': columns | replace(' ', '') | lower if columns else none,
        'url': url,
        'options': words | reject('in', ['AS', 'FORMAT']) | list,
        'text': plain | replace(' ', '') | lower,
    }) }}
{% endmacro %}

{#- The first part in which a COPY is not the declared one, none when all of it is that can be seen:
    SYS_COPY_JOB cuts at 256 characters, and the last word may be cut. -#}
{% macro copy_difference(actual, declared) %}
    {%- if actual.table != declared.table -%}
        {{ return('target table') }}
    {%- elif actual.is_cut and actual.url is none -%}
        {{ return(none if declared.text.startswith(actual.text) else 'list of columns') }}
    {%- elif actual.columns != declared.columns -%}
        {{ return('list of columns') }}
    {%- elif actual.url != declared.url -%}
        {{ return('FROM') }}
    {%- endif -%}
    {%- set seen = actual.options[:-1] if actual.is_cut else actual.options -%}
    {%- set missing = [] if actual.is_cut else declared.options | reject('in', seen) | list -%}
    {{ return('options' if missing or seen | reject('in', declared.options) | list else none) }}
{% endmacro %}
