{#- Checks every feed before any SQL is sent, and raises all that is wrong at once. Each line says
    file, source.table, job, key, and what is allowed. A table beside feeds that declares no job is
    judged as well: its copy_jobs may be misspelt. -#}
{% macro validate_landing() %}
    {%- if execute -%}
        {%- set problems = [] -%}
        {%- set feeds = landing_feeds() -%}
        {%- set near = feeds | map(attribute='file') | list + feeds | map(attribute='source') | list -%}
        {%- for node in graph.sources.values() | sort(attribute='unique_id')
            if node.original_file_path in near or node.source_name in near or node.fqn[1] == 'landing' -%}
            {%- do problems.extend(feed_problems(source_table(node))) -%}
        {%- endfor -%}
        {%- if not problems -%}
            {%- do problems.extend(copy_job_clashes(declared_jobs()) + bucket_problems()) -%}
        {%- endif -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error(problems | join('\n')) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro landing_problem(feed, key, message, job=none) %}
    {{ return(
        feed.file ~ ': ' ~ feed.name ~ (', job ' ~ job if job else '') ~ ", key '" ~ key ~ "': " ~ message
    ) }}
{% endmacro %}

{% macro feed_problems(feed) %}
    {%- set keys, meta = landing_keys(), feed.config.meta -%}
    {%- set problems = key_problems(feed, '', {'description': feed.description, 'columns': feed.columns}, keys.feed)
        + key_problems(feed, 'config.', feed.config, keys.config)
        + key_problems(feed, '', meta, keys.meta)
        + key_problems(feed, 'table.', meta.get('table', {}), keys.table) -%}
    {%- for column in feed.columns -%}
        {%- do problems.extend(
            key_problems(feed, 'columns.' ~ column.name ~ '.', column, keys.column)
            + key_problems(feed, 'columns.' ~ column.name ~ '.config.', column.config, keys.column_config)
        ) -%}
    {%- endfor -%}
    {%- for job in (meta.copy_jobs if is_list(meta.get('copy_jobs')) else []) -%}
        {%- set is_known = job is mapping and job.format in copy_formats() -%}
        {%- do problems.extend(key_problems(
            feed, '', job,
            copy_job_keys(job.format) if is_known else {'format': copy_formats() | list + ['!']},
            job.get('name', '?') if job is mapping else job,
            impossible_options(job.format) if is_known else none
        )) -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- The keys of a feed's YAML by level, with the kind of value that each holds; one that ends in ! must be
    there. `config` and `column` list what dbt itself keeps there. -#}
{% macro landing_keys() %}
    {{ return({
        'feed': {'description': 'text!', 'columns': 'some!'},
        'config': {
            'enabled': 'any', 'event_time': 'any', 'freshness': 'any', 'loaded_at_field': 'any',
            'loaded_at_query': 'any', 'meta': 'any', 'tags': 'any', 'static_analysis': 'any',
        },
        'meta': {'owner': 'text', 'table': 'mapping', 'copy_jobs': 'list!'},
        'table': {'dist': 'dist', 'sort': 'columns', 'primary_key': 'columns', 'grain': 'columns'},
        'column': {
            'name': 'column!', 'description': 'text!', 'data_type': 'type!', 'constraints': 'constraints',
            'config': 'any', 'meta': 'none', 'tags': 'any', 'quote': 'any', 'granularity': 'any',
            'doc_blocks': 'any',
        },
        'column_config': {'meta': 'none', 'tags': 'any'},
    }) }}
{% endmacro %}

{#- What is wrong with the keys of one level. `others` are keys that are known and not possible here,
    with the reason; none of it means that unknown keys cannot be judged. -#}
{% macro key_problems(feed, level, given, rules, job=none, others={}) %}
    {%- if given is not mapping -%}
        {{ return([landing_problem(feed, level, 'must be a mapping of ' ~ (rules | join(', ')), job)]) }}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- for key in given if key not in rules and others is not none -%}
        {%- do problems.append(landing_problem(
            feed, level ~ key, others.get(key, 'is not known; allowed are ' ~ (rules | join(', '))), job
        )) -%}
    {%- endfor -%}
    {%- for key, kind in rules.items() if kind != 'any' and (key in given or kind[-1] == '!') -%}
        {%- set value = given.get(key) -%}
        {%- set allowed = allowed_otherwise(feed, kind[:-1] if kind[-1] == '!' else kind, value) -%}
        {%- if allowed -%}
            {%- do problems.append(landing_problem(
                feed, level ~ key, 'must be ' ~ allowed
                ~ (', and is missing' if value in (none, '', []) else ", not '" ~ value ~ "'"), job
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- None when a value is of its kind, otherwise what the kind allows. A kind that is a list is the values. -#}
{% macro allowed_otherwise(feed, kind, value) %}
    {%- set columns = feed.columns | map(attribute='name') | list -%}
    {%- set text = value if value is string else '' -%}
    {%- if is_list(kind) -%}
        {{ return(none if value in kind else 'one of ' ~ (kind | join(', '))) }}
    {%- endif -%}
    {%- set kinds = {
        'any': [true, ''],
        'none': [not value, 'empty: a column of a feed has no meta'],
        'some': [value, 'the fields of the file, one column each'],
        'text': [text | trim, 'text'],
        'string': [value is string, 'text'],
        'list': [is_list(value), 'a list'],
        'mapping': [value is mapping, 'a mapping'],
        'dist': [value in ['even', 'all', 'auto'] + columns, 'even, all, auto or a column'],
        'columns': [
            is_list(value) and not value | reject('in', columns) | list, 'a list of columns of the table'
        ],
        'constraints': [
            is_list(value) and value | map(attribute='type') | map('string') | list in ([], ['not_null']),
            'not_null, the only constraint that a landing column may have'
        ],
        'name': [
            is_plain_name(value),
            'lower case letters, digits and underscores (Redshift refuses hyphens in job names)'
        ],
        'column': [
            is_plain_name(value) and value != '_loaded_at',
            'lower case letters, digits and underscores, and not _loaded_at'
        ],
        'type': [
            kind == 'type' and declared_type(value),
            'a type of Redshift: int2, int4, int8, float4, float8, numeric(p,s) with p to 38 and s to p, bool,'
            ~ ' char(n) to 4096, varchar(n) to 65535, date, time, timetz, timestamp, timestamptz, super,'
            ~ ' varbyte(n), geometry, geography or hllsketch'
        ],
        'prefix': [
            text and text[0] not in '/_' and '://' not in text,
            'the start of the object keys, without s3://, bucket, or leading slash or underscore'
        ],
        'flag': [value is true, 'true, or left out'],
        'switch': [value is boolean, 'true or false'],
        'integer': [value is integer, 'a whole number'],
        'character': [
            modules.re.match('^([\\t -~]|\\\\t|\\\\[0-7]{3})$', text),
            'one ASCII character, \\t or an octal code such as \\001'
        ],
        'jsonpaths': [
            modules.re.match('^(auto|auto ignorecase|noshred|s3://.+)$', text),
            'auto, auto ignorecase, noshred or the s3:// address of a JSONPaths file'
        ],
        'avropaths': [
            modules.re.match('^(auto|auto ignorecase|s3://.+)$', text),
            'auto, auto ignorecase or the s3:// address of a JSONPaths file'
        ],
        'widths': [
            value is mapping and value | list == columns and not value.values() | reject('integer') | list,
            'the width in characters of every column, in order: ' ~ (columns | join(', '))
        ],
    } -%}
    {{ return(none if kinds[kind][0] else kinds[kind][1]) }}
{% endmacro %}

{% macro is_list(value) %}
    {{ return(value is sequence and value is not string and value is not mapping) }}
{% endmacro %}

{% macro is_plain_name(name) %}
    {{ return(name is string and modules.re.match('^[a-z_][a-z0-9_]{0,126}$', name) is not none) }}
{% endmacro %}
