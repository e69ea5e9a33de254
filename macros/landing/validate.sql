{#- Checks every feed before any SQL is sent, and raises all that is wrong at once. Each line
    says file, source.table, job, key, and what is allowed. -#}
{% macro validate_landing() %}
    {%- if execute -%}
        {%- set problems = [] -%}
        {%- set feeds = landing_feeds() -%}
        {%- for feed in feeds -%}
            {%- do problems.extend(table_problems(feed)) -%}
            {%- do problems.extend(column_problems(feed)) -%}
            {%- if feed.jobs is string or feed.jobs is mapping or feed.jobs is not sequence -%}
                {%- do problems.append(landing_problem(feed, 'copy_jobs', 'must be a list')) -%}
            {%- else -%}
                {%- for job in feed.jobs -%}
                    {%- do problems.extend(copy_job_problems(feed, job)) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if not problems -%}
            {%- do problems.extend(copy_job_clashes(feeds)) -%}
            {%- do problems.extend(bucket_problems()) -%}
        {%- endif -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error(problems | join('\n')) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro landing_problem(feed, key, message, job=none) %}
    {{ return(
        feed.file ~ ': ' ~ feed.name ~ (', job ' ~ job if job else '') ~ ", key '" ~ key ~ "': "
        ~ message
    ) }}
{% endmacro %}

{% macro table_problems(feed) %}
    {%- set problems = [] -%}
    {%- for key in feed.meta if key not in ['table', 'copy_jobs'] -%}
        {%- do problems.append(landing_problem(
            feed, key, 'is not known under config.meta; allowed are table, copy_jobs'
        )) -%}
    {%- endfor -%}
    {%- if feed.attributes is not mapping -%}
        {%- do problems.append(landing_problem(
            feed, 'table', 'must be a mapping with dist, sort, primary_key'
        )) -%}
        {{ return(problems) }}
    {%- endif -%}
    {%- set columns = feed.columns | map(attribute='name') | list -%}
    {%- for key, value in feed.attributes.items() -%}
        {%- if key == 'dist' -%}
            {%- if value not in columns + ['even', 'all', 'auto'] -%}
                {%- do problems.append(landing_problem(
                    feed, 'table.dist', "'" ~ value ~ "' must be even, all, auto, or a column"
                )) -%}
            {%- endif -%}
        {%- elif key in ['sort', 'primary_key'] -%}
            {%- if value is string or value is not sequence or value | reject('in', columns) | list -%}
                {%- do problems.append(landing_problem(
                    feed, 'table.' ~ key, "'" ~ value ~ "' must be a list of columns of the table"
                )) -%}
            {%- endif -%}
        {%- else -%}
            {%- do problems.append(landing_problem(
                feed, 'table.' ~ key, 'is not known; allowed are dist, sort, primary_key'
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{% macro column_problems(feed) %}
    {%- set problems = [] -%}
    {%- if not feed.columns -%}
        {%- do problems.append(landing_problem(feed, 'columns', 'must list the fields of the file')) -%}
    {%- endif -%}
    {%- for column in feed.columns -%}
        {%- set key = 'columns.' ~ column.name -%}
        {%- if not is_plain_name(column.name) or column.name == '_loaded_at' -%}
            {%- do problems.append(landing_problem(
                feed, key,
                'must be lower case letters, digits and underscores, and not _loaded_at'
            )) -%}
        {%- endif -%}
        {%- if not modules.re.match(
            '^[a-z][a-z0-9 ]*(\\(\\d+(, ?\\d+)?\\))?$', column.data_type or ''
        ) -%}
            {%- do problems.append(landing_problem(
                feed, key, "data_type '" ~ (column.data_type or '') ~ "' must be a Redshift type"
                ~ ' such as int4, varchar(16) or numeric(7,2)'
            )) -%}
        {%- endif -%}
        {%- for constraint in column.constraints if constraint.type != 'not_null' -%}
            {%- do problems.append(landing_problem(
                feed, key, 'the only constraint a landing column may have is not_null'
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{% macro is_plain_name(name) %}
    {{ return(name is string and modules.re.match('^[a-z_][a-z0-9_]{0,126}$', name) is not none) }}
{% endmacro %}
