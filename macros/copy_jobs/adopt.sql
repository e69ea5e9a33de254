{#- A job of ours by name that the log does not know was made before there was a log, or by somebody else. It is
    ours if its COPY has the words of the declared one, in any order and without those that may be left out.
    SYS_COPY_JOB shows 256 characters of it, of which the last word may be cut. -#}
{% macro stranger_problem(job, actual) %}
    {%- set sql, optional = copy_sql(job.feed, job.job, job.url).split() | join(' '), ['AS', 'FORMAT'] -%}
    {%- set there, declared = copy_words(actual.text), copy_words(sql) + optional -%}
    {%- set cut = there.pop() if actual.text | length >= 256 else '' -%}
    {%- set missing = [] if cut else declared | reject('in', there + optional) | list -%}
    {%- set is_another = missing or there | reject('in', declared) | list
        or '\n' ~ cut not in '\n' ~ (declared | join('\n')) -%}
    {{ return(
        'a job of this name exists that this project did not make, and its COPY is another one: '
        ~ (actual.text | truncate(160, true, '…')) ~ '; declared is ' ~ (sql | truncate(160, true, '…'))
        ~ '. Declare the job under another name, or drop the other: COPY JOB DROP ' ~ job.name if is_another
    ) }}
{% endmacro %}

{#- A list in parentheses, whose order counts, is one word. -#}
{% macro copy_words(text) %}
    {%- set words = [] -%}
    {%- set plain = modules.re.sub('(?s)/[*].*?([*]/|$)|(?i: job create .*$)', ' ', text | replace('"', '')) -%}
    {%- for word in modules.re.findall("'[^']*'?|[(][^)]*[)]?|[^\\s'(]+", plain) -%}
        {%- do words.append(word if word[0] == "'" else word.split() | join | upper) -%}
    {%- endfor -%}
    {{ return(words) }}
{% endmacro %}
