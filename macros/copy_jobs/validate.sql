{#- What is wrong with one copy job of a feed: a list of messages, empty when it is fine. -#}
{% macro copy_job_problems(feed, job) %}
    {%- if job is not mapping or not is_plain_name(job.get('name')) -%}
        {{ return([landing_problem(
            feed, 'copy_jobs.name',
            "'" ~ (job.get('name', '') if job is mapping else job) ~ "' must be lower case letters,"
            ~ ' digits and underscores (Redshift refuses hyphens in job names)'
        )]) }}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- set prefix = job.get('prefix') -%}
    {%- if prefix is not string or not prefix or prefix.startswith('/') or '://' in prefix -%}
        {%- do problems.append(landing_problem(
            feed, 'prefix',
            "'" ~ prefix ~ "' must be the start of the object keys, without s3://, bucket or"
            ~ ' leading slash', job.name
        )) -%}
    {%- endif -%}
    {%- if job.get('auto', true) is not boolean -%}
        {%- do problems.append(landing_problem(feed, 'auto', 'must be true or false', job.name)) -%}
    {%- endif -%}
    {%- if job.get('format') not in copy_formats() -%}
        {%- do problems.append(landing_problem(
            feed, 'format', "'" ~ job.get('format') ~ "' is not known; allowed are "
            ~ (copy_formats() | join(', ')), job.name
        )) -%}
    {%- else -%}
        {%- for key, value in job.items() if key not in ['name', 'prefix', 'auto', 'format'] -%}
            {%- set message = copy_option_problem(job.format, key, value) -%}
            {%- if message -%}
                {%- do problems.append(landing_problem(feed, key, message, job.name)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(problems) }}
{% endmacro %}

{% macro copy_option_problem(format, option, value) %}
    {%- set known = copy_options() -%}
    {%- if option in forbidden_copy_options() -%}
        {{ return('is not allowed in a copy job: ' ~ forbidden_copy_options()[option]) }}
    {%- elif option not in known -%}
        {%- set allowed = ['name', 'prefix', 'auto', 'format'] -%}
        {%- for name in known if format in known[name].formats -%}
            {%- do allowed.append(name) -%}
        {%- endfor -%}
        {{ return('is not known; allowed with format ' ~ format ~ ' are ' ~ (allowed | join(', '))) }}
    {%- elif format not in known[option].formats -%}
        {{ return(
            'is not possible with format ' ~ format ~ ', only with '
            ~ (known[option].formats | join(', '))
        ) }}
    {%- elif known[option].type == 'flag' and value is not true -%}
        {{ return("must be true, or left out, not '" ~ value ~ "'") }}
    {%- elif known[option].type == 'integer' and (value is not integer or value is boolean) -%}
        {{ return("must be a whole number, not '" ~ value ~ "'") }}
    {%- elif known[option].type == 'text' and value is not string -%}
        {{ return("must be text, not '" ~ value ~ "'") }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Jobs that cannot live together: the same name twice, or two prefixes on one table of which
    one contains the other, because a file under both would be loaded twice. -#}
{% macro copy_job_clashes(feeds) %}
    {%- set problems = [] -%}
    {%- set seen = {} -%}
    {%- for feed in feeds -%}
        {%- for job in feed.jobs -%}
            {%- if job.name in seen -%}
                {%- do problems.append(landing_problem(
                    feed, 'name', 'is taken by a job of ' ~ seen[job.name], job.name
                )) -%}
            {%- endif -%}
            {%- do seen.update({job.name: feed.name}) -%}
            {%- for other in feed.jobs[loop.index:] -%}
                {%- if job.prefix.startswith(other.prefix) or other.prefix.startswith(job.prefix) -%}
                    {%- do problems.append(landing_problem(
                        feed, 'prefix', "'" ~ job.prefix ~ "' and '" ~ other.prefix ~ "' of job "
                        ~ other.name ~ ' match the same files, which would load twice', job.name
                    )) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
