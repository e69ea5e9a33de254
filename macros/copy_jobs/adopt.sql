{#- A job of ours by name that the log does not know was made before there was a log, or by somebody else.
    SYS_COPY_JOB shows 256 characters of its COPY, of which the last word may be cut. -#}
{% macro stranger_problem(job, actual) %}
    {%- set sql, is_cut = copy_sql(job.feed, job.job, job.url).split() | join(' '), actual.text | length >= 256 -%}
    {%- set there, declared = copy_parts(actual.text), copy_parts(sql) -%}
    {%- set seen = there.options[:-1] if is_cut else there.options -%}
    {%- set missing = [] if is_cut else declared.options | reject('in', seen) | list -%}
    {%- set is_cut_in_columns = is_cut and not there.url and declared.text.startswith(there.text) -%}
    {%- set differs = 'target table' if there.table != declared.table
        else none if is_cut_in_columns
        else 'list of columns' if there.columns != declared.columns
        else 'FROM' if there.url != declared.url
        else 'options' if missing or seen | reject('in', declared.options) | list -%}
    {{ return(
        'a job of this name exists that this project did not make, and its ' ~ differs ~ ' differs: '
        ~ (actual.text | truncate(160, true, '…')) ~ '; declared is ' ~ (sql | truncate(160, true, '…'))
        ~ '. Declare the job under another name, or drop the other: COPY JOB DROP ' ~ job.name if differs
    ) }}
{% endmacro %}

{#- The options are words in any order, without those that COPY lets one leave out. -#}
{% macro copy_parts(text) %}
    {%- set plain = modules.re.sub('(?s)/[*].*?([*]/|$)|(?i: job create .*$)', ' ', text | replace('"', '')) -%}
    {%- set plain, words = plain.split() | join(' '), [] -%}
    {%- set found = modules.re.match(
        "(?i)copy ([\\w.$]*)(?: ?(\\([^)]*\\)))?(?: from '([^']*)'(?: (.*))?)?", plain
    ) -%}
    {%- set table, columns, url, options = found.groups('') if found else ('', '', '', '') -%}
    {%- for word in modules.re.findall("'[^']*'?|[^ ']+", options) -%}
        {%- do words.append(word if word[0] == "'" else word | upper) -%}
    {%- endfor -%}
    {{ return({
        'table': (table if '.' in table else 'public.' ~ table) | lower,
        'columns': columns | replace(' ', '') | lower, 'url': url,
        'options': words | reject('in', ['AS', 'FORMAT']) | list, 'text': plain | replace(' ', '') | lower,
    }) }}
{% endmacro %}
