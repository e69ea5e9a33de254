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
    {%- for key, allowed in copy_job_keys().items() if allowed and (key in job or key == 'format') -%}
        {#- 1 == true, hence the types -#}
        {%- if job.get(key) not in allowed or (job[key] is number and job[key] is not boolean) -%}
            {%- do problems.append(landing_problem(
                feed, key, "'" ~ job.get(key) ~ "' is not known; allowed are "
                ~ (allowed | join(', ') | replace('True', 'true') | replace('False', 'false')), job.name
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do problems.extend(prefix_problems(feed, job)) -%}
    {%- if job.get('format') in copy_formats() -%}
        {%- for key, value in job.items() if key not in copy_job_keys() -%}
            {%- set message = copy_option_problem(feed, job.format, key, value) -%}
            {%- if message -%}
                {%- do problems.append(landing_problem(feed, key, message, job.name)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if job.format == 'fixedwidth' and 'widths' not in job -%}
            {%- do problems.append(landing_problem(
                feed, 'widths', 'must say how wide each column is: {column: characters, …}', job.name
            )) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(problems) }}
{% endmacro %}

{#- Keys with a leading underscore are the project's own: manifests and inventories. -#}
{% macro prefix_problems(feed, job) %}
    {%- set prefix = job.get('prefix') -%}
    {%- if prefix is not string or not prefix or prefix[0] in ['/', '_'] or '://' in prefix -%}
        {{ return([landing_problem(
            feed, 'prefix',
            "'" ~ prefix ~ "' must be the start of the object keys, without s3://, bucket, or"
            ~ ' leading slash or underscore', job.name
        )]) }}
    {%- endif -%}
    {{ return([]) }}
{% endmacro %}

{% macro copy_option_problem(feed, format, option, value) %}
    {%- set known = copy_options() -%}
    {%- if option in forbidden_copy_options() -%}
        {{ return('is not allowed in a copy job: ' ~ forbidden_copy_options()[option]) }}
    {%- elif option not in known -%}
        {%- set allowed = copy_job_keys() | list -%}
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
    {%- elif known[option].type == 'switch' and value is not boolean -%}
        {{ return("must be true or false, not '" ~ value ~ "'") }}
    {%- elif known[option].type == 'integer' and (value is not integer or value is boolean) -%}
        {{ return("must be a whole number, not '" ~ value ~ "'") }}
    {%- elif known[option].type == 'text' and value is not string -%}
        {{ return("must be text, not '" ~ value ~ "'") }}
    {%- elif known[option].type == 'mapping' and (value is not string or not modules.re.match(
        '^(auto|auto ignorecase|s3://.+)$' if format == 'avro'
        else '^(auto|auto ignorecase|noshred|s3://.+)$', value
    )) -%}
        {{ return("must be auto, auto ignorecase, noshred (JSON only) or the s3:// address of a"
            ~ " JSONPaths file, not '" ~ value ~ "'") }}
    {%- elif known[option].type == 'widths' and (
        value is not mapping or value | list != feed.columns | map(attribute='name') | list
        or value.values() | reject('integer') | list
    ) -%}
        {{ return('must give the width in characters of every column, in order: '
            ~ (feed.columns | map(attribute='name') | join(', '))) }}
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
                    feed, 'name', 'is taken by a job of ' ~ seen[job.name] ~ '; names are unique in'
                    ~ ' the project', job.name
                )) -%}
            {%- endif -%}
            {%- do seen.update({job.name: feed.name}) -%}
            {%- for other in feed.jobs[loop.index:] -%}
                {%- if job.prefix.startswith(other.prefix) or other.prefix.startswith(job.prefix) -%}
                    {%- do problems.append(landing_problem(
                        feed, 'prefix', "'" ~ job.prefix ~ "' and '" ~ other.prefix ~ "' of job "
                        ~ other.name ~ ' match the same files, which would load twice; a prefix is a'
                        ~ ' string, so end it with / for a folder', job.name
                    )) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- Var reserved_buckets says which targets a bucket belongs to: a laptop whose var landing_bucket
    points at production would compete with production's jobs for its files. -#}
{% macro bucket_problems() %}
    {%- set bucket = var('landing_bucket') -%}
    {%- set owners = var('reserved_buckets', {}).get(bucket) -%}
    {%- if owners and target.name not in owners -%}
        {{ return([
            "dbt_project.yml: var landing_bucket is '" ~ bucket ~ "', which var reserved_buckets keeps"
            ~ ' for target ' ~ (owners | join(', ')) ~ "; target '" ~ target.name ~ "' needs a bucket"
            ~ ' of its own: --vars "{landing_bucket: …}"'
        ]) }}
    {%- endif -%}
    {{ return([]) }}
{% endmacro %}
