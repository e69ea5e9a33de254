{#- Checks every feed before any SQL is sent, and raises all that is wrong at once. Each line says
    file, source.table, job, key, and what is allowed. A table beside feeds that declares no job is
    judged as well: its copy_jobs may be misspelt. -#}
{% macro validate_landing() %}
    {%- if execute -%}
        {%- set problems, feeds = [], landing_feeds() -%}
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

{#- The keys of a feed's YAML level by level, with the kind of value that each holds; one that ends in !
    must be there. `config` and `columns` have keys of dbt's own, too. -#}
{% macro feed_problems(feed) %}
    {%- set meta = feed.config.meta -%}
    {%- set of_dbt = dict.fromkeys([
        'enabled', 'event_time', 'freshness', 'loaded_at_field', 'loaded_at_query', 'meta', 'tags',
        'static_analysis', 'config', 'quote', 'granularity', 'doc_blocks',
    ], 'any') -%}
    {%- set problems = key_problems(feed, '', {'description': feed.description, 'columns': feed.columns}, {
            'description': 'text!', 'columns': 'some!',
        }) + key_problems(feed, 'config.', feed.config, of_dbt)
        + key_problems(feed, '', meta, {'owner': 'text', 'table': 'mapping', 'copy_jobs': 'list!'})
        + key_problems(feed, 'table.', meta.get('table', {}), {
            'dist': 'dist', 'sort': 'columns', 'primary_key': 'columns', 'grain': 'columns',
        }) -%}
    {%- set types = {} -%}
    {%- for type in feed.columns | map(attribute='data_type') | unique -%}
        {%- do types.update({type: declared_type(type)}) -%}
    {%- endfor -%}
    {%- for column in feed.columns -%}
        {%- do problems.extend(key_problems(feed, 'columns.' ~ column.name ~ '.', column, dict(of_dbt, **{
            'name': 'column!', 'description': 'text!', 'constraints': 'constraints', 'meta': 'nothing',
            'data_type': 'any' if types[column.data_type] else 'type!',
        }))) -%}
    {%- endfor -%}
    {%- for job in (meta.copy_jobs if is_list(meta.get('copy_jobs')) else []) -%}
        {%- set format = job.format if job is mapping and job.format in copy_formats() else none -%}
        {%- set options = copy_options_of(format) if format else dict.fromkeys(job, 'any') -%}
        {%- do problems.extend(key_problems(feed, '', job, dict(options, **{
            'name': 'name!', 'prefix': 'prefix!', 'format': copy_formats() | list + ['!'], 'auto': 'switch',
            'enabled': 'switch', 'daily': 'switch', 'on_change': ['apply', 'continue', 'fail'],
            'on_existing_files': ['backfill', 'ignore'],
        }), impossible_options(format), job.get('name', '?') if job is mapping else job)) -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- What is wrong with the keys of one level; `impossible` has known keys with the reason against them. Values
    are matched with a pattern here where one will do: hundreds of calls of a macro take a second. -#}
{% macro key_problems(feed, level, given, kinds, impossible={}, job=none) %}
    {%- set place = feed.file ~ ': ' ~ feed.name ~ (', job ' ~ job if job else '') ~ ", key '" ~ level -%}
    {%- if given is not mapping -%}
        {{ return([place ~ "': must be a mapping of " ~ (kinds | join(', '))]) }}
    {%- endif -%}
    {%- set plain, paths = 'lower case letters, digits and underscores', 's3:// address of a JSONPaths file' -%}
    {%- set patterns = {
        'text': ['(?s).*\\S', 'text'],
        'string': ['', 'text'],
        'name': ['[a-z_][a-z0-9_]{0,126}$', plain ~ ' (Redshift refuses hyphens in job names)'],
        'column': ['(?!_loaded_at$)[a-z_][a-z0-9_]{0,126}$', plain ~ ', and not _loaded_at'],
        'prefix': ['(?![/_])(?!.*://).', 'the start of the object keys, without s3://, bucket, or leading slash'
            ~ ' or underscore'],
        'character': ['([\\t -~]|\\\\t|\\\\[0-7]{3})$', 'one ASCII character, \\t or an octal code such as \\001'],
        'jsonpaths': ['(auto|auto ignorecase|noshred|s3://.+)$', 'auto, auto ignorecase, noshred or the ' ~ paths],
        'avropaths': ['(auto|auto ignorecase|s3://.+)$', 'auto, auto ignorecase or the ' ~ paths],
    } -%}
    {%- set problems, unknown = [], 'is not known; allowed are ' ~ (kinds | join(', ')) -%}
    {%- for key in given if key not in kinds -%}
        {%- do problems.append(place ~ key ~ "': " ~ impossible.get(key, unknown)) -%}
    {%- endfor -%}
    {%- for key, kind in kinds.items() if kind != 'any' and (given.get(key, []) not in ([], {}) or kind[-1] == '!') -%}
        {%- set value, kind = given.get(key), kind[:-1] if kind[-1] == '!' else kind -%}
        {%- if kind is string and kind in patterns -%}
            {%- set fits = value is string and modules.re.match(patterns[kind][0], value) -%}
            {%- set allowed = none if fits else patterns[kind][1] -%}
        {%- else -%}
            {%- set allowed = allowed_otherwise(feed, kind, value) -%}
        {%- endif -%}
        {%- if allowed -%}
            {%- set instead = ', and is missing' if value in (none, '', []) else ", not '" ~ value ~ "'" -%}
            {%- do problems.append(place ~ key ~ "': must be " ~ allowed ~ instead) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- None when a value is of its kind, otherwise what the kind allows. A kind that is a list is the values. -#}
{% macro allowed_otherwise(feed, kind, value) %}
    {%- if is_list(kind) -%}
        {{ return(none if value in kind else 'one of ' ~ (kind | join(', '))) }}
    {%- endif -%}
    {%- set columns = feed.columns | map(attribute='name') | list -%}
    {%- set items = value if is_list(value) else [] -%}
    {%- set rules = {
        'some': [value, 'the fields of the file, one column each'],
        'nothing': [not value, 'left out: a column of a feed has no meta'],
        'list': [items, 'a list'],
        'mapping': [value is mapping, 'a mapping'],
        'flag': [value is true, 'true, or left out'],
        'switch': [value is boolean, 'true or false'],
        'integer': [value is integer, 'a whole number'],
        'dist': [value in ['even', 'all', 'auto'] + columns, 'even, all, auto or a column'],
        'columns': [items and not items | reject('in', columns) | list, 'a list of columns of the table'],
        'constraints': [items | map(attribute='type') | map('string') | list == ['not_null'],
            'not_null, the only constraint that a landing column may have'],
        'widths': [value is mapping and value | list == columns and not value.values() | reject('integer') | list,
            'the width in characters of every column, in order: ' ~ (columns | join(', '))],
        'type': [false, 'a type of Redshift: int2, int4, int8, float4, float8, numeric(p,s) with p to 38 and s to'
            ~ ' p, bool, char(n) to 4096, varchar(n) to 65535, date, time, timetz, timestamp, timestamptz, super,'
            ~ ' varbyte(n), geometry, geography or hllsketch'],
    } -%}
    {{ return(none if rules[kind][0] else rules[kind][1]) }}
{% endmacro %}

{% macro is_list(value) %}
    {{ return(value is sequence and value is not string and value is not mapping) }}
{% endmacro %}

{#- Jobs that cannot live together: one name twice, or two prefixes of which one contains the other,
    because a file under both would be loaded by both. A disabled job watches nothing. -#}
{% macro copy_job_clashes(jobs) %}
    {%- set problems = [] -%}
    {%- for job in jobs -%}
        {%- set place = job.feed.file ~ ': ' ~ job.feed.name ~ ', job ' ~ job.declared_name ~ ", key '" -%}
        {%- for other in jobs[:loop.index0] -%}
            {%- set its_owner = other.declared_name ~ ' of ' ~ other.feed.name ~ ' (' ~ other.feed.file ~ ')' -%}
            {%- if job.name == other.name -%}
                {%- do problems.append(place ~ "name': is taken by " ~ its_owner ~ '; names are unique in the project') -%}
            {%- endif -%}
            {%- if job.enabled and other.enabled
                and (job.prefix.startswith(other.prefix) or other.prefix.startswith(job.prefix)) -%}
                {%- do problems.append(
                    place ~ "prefix': '" ~ job.prefix ~ "' and '" ~ other.prefix ~ "' of job " ~ its_owner
                    ~ ' match the same files, which both jobs would load; a prefix is a string, so end it with /'
                    ~ ' for a folder'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- Var reserved_buckets says which targets a bucket belongs to: a laptop whose var landing_bucket
    points at production would compete with production's jobs for its files. -#}
{% macro bucket_problems() %}
    {%- set bucket = var('landing_bucket') -%}
    {%- set owners = var('reserved_buckets', {}).get(bucket, [target.name]) -%}
    {{ return([] if target.name in owners else [
        "dbt_project.yml: var landing_bucket is '" ~ bucket ~ "', which var reserved_buckets keeps for target "
        ~ (owners | join(', ')) ~ "; target '" ~ target.name ~ "' needs a bucket of its own: --vars"
        ~ ' "{landing_bucket: …}"'
    ]) }}
{% endmacro %}
