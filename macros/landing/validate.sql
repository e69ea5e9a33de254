{#- A table beside feeds that declares no job is judged as well: its copy_jobs may be misspelt. -#}
{% macro validate_landing() %}
    {%- set problems, feeds = [], landing_feeds() -%}
    {%- set near = feeds | map(attribute='file') | list + feeds | map(attribute='source') | list -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id')
        if node.original_file_path in near or node.source_name in near or node.fqn[1] == 'landing' -%}
        {%- do problems.extend(feed_problems(source_table(node))) -%}
    {%- endfor -%}
    {%- set bucket = var('landing_bucket') -%}
    {%- set owners = var('reserved_buckets', {}).get(bucket, [target.name]) -%}
    {#- a laptop whose bucket is production's would compete with production's jobs for its files -#}
    {%- do problems.append(
        "dbt_project.yml: var landing_bucket is '" ~ bucket ~ "', which var reserved_buckets keeps for target "
        ~ (owners | join(', ')) ~ "; target '" ~ target.name ~ "' needs a bucket of its own: --vars"
        ~ ' "{landing_bucket: …}"'
    ) if target.name not in owners -%}
    {%- set problems = problems or copy_job_clashes(declared_jobs()) -%}
    {%- do exceptions.raise_compiler_error(problems | join('\n')) if problems -%}
{% endmacro %}

{% macro feed_problems(feed) %}
    {%- set problems, kinds = [], kinds_of_values(feed.columns | map(attribute='name') | list) -%}
    {%- for place, given, keys, impossible in feed_levels(feed) -%}
        {%- set place, allowed = feed.file ~ ': ' ~ feed.name ~ ', ' ~ place, keys | join(', ') -%}
        {%- do problems.append(place ~ "': must be a mapping of " ~ allowed) if given is not mapping -%}
        {%- for key in given if given is mapping and key not in keys -%}
            {%- do problems.append(
                place ~ key ~ "': " ~ impossible.get(key, 'is not known; allowed are ' ~ allowed)
            ) -%}
        {%- endfor -%}
        {%- for key, kind in keys.items() if given is mapping and kind != 'any'
            and (given.get(key, []) not in ([], {}) or kind[-1] == '!') -%}
            {%- set value = given.get(key) -%}
            {%- set test, pattern, allowed = kinds[kind.rstrip('!')] -%}
            {%- set instead = ', and is missing' if value in (none, '', []) else ", not '" ~ value ~ "'" -%}
            {%- do problems.append(
                place ~ key ~ "': must be " ~ allowed ~ instead
            ) if not [value] | select(test) | list or not modules.re.match(pattern, value | string) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- `config` and `columns` have keys of dbt's own, too. -#}
{% macro feed_levels(feed) %}
    {%- set meta = feed.config.meta -%}
    {%- set of_dbt = dict.fromkeys([
        'enabled', 'event_time', 'freshness', 'loaded_at_field', 'loaded_at_query', 'meta', 'tags',
        'static_analysis', 'config', 'quote', 'granularity', 'doc_blocks',
    ], 'any') -%}
    {%- set levels = [
        ["key '", {'description': feed.description, 'columns': feed.columns}, {
            'description': 'text!', 'columns': 'list!',
        }, {}],
        ["key 'config.", feed.config, of_dbt, {}],
        ["key '", meta, {'owner': 'text', 'table': 'mapping', 'copy_jobs': 'list!'}, {}],
        ["key 'table.", meta.get('table', {}), {
            'dist': 'dist', 'sort': 'columns', 'primary_key': 'columns', 'grain': 'columns',
        }, {}],
    ] -%}
    {%- for column in feed.columns -%}
        {%- set constraints = column.constraints | map(attribute='type') | map('string') | list -%}
        {%- do levels.append(["key 'columns." ~ column.name ~ '.', dict(column, constraints=constraints), dict(
            of_dbt, name='column!', description='text!', constraints='constraints', meta='nothing',
            data_type='any' if declared_type(column.data_type) else 'type!'
        ), {}]) -%}
    {%- endfor -%}
    {%- set jobs, grain = meta.get('copy_jobs', []), (meta.table or {}).grain -%}
    {%- for job in (jobs if jobs is sequence and jobs is not string and jobs is not mapping else []) -%}
        {%- set options, impossible = copy_options(job.format) -%}
        {%- set name = job.get('name', '?') if job is mapping else job -%}
        {%- do levels.append(['job ' ~ name ~ ", key '", job, dict(
            options or dict.fromkeys(job, 'any'), name='name!', prefix='prefix!', format='format!', auto='switch',
            enabled='switch', daily='switch', on_change='on_change', on_existing_files='on_existing_files',
            on_overwritten_files='on_overwritten_files' if grain else 'on_overwritten_without_grain'
        ), impossible]) -%}
    {%- endfor -%}
    {{ return(levels) }}
{% endmacro %}

{#- By kind: a test of Jinja that a value meets, a pattern that it meets as text, and in words what that allows. -#}
{% macro kinds_of_values(columns) %}
    {%- set names = modules.re.escape(columns | join('|')).split('\\|') -%}
    {%- set any_name, formats = names | join('|'), 'delimited csv fixedwidth json avro parquet orc'.split() -%}
    {%- set plain, paths = 'lower case letters, digits and underscores', 's3:// address of a JSONPaths file' -%}
    {{ return({
        'text': ['string', '(?s).*\\S', 'text'],
        'string': ['string', '', 'text'],
        'flag': ['true', '', 'true, or left out'],
        'switch': ['boolean', '', 'true or false'],
        'integer': ['integer', '', 'a whole number'],
        'mapping': ['mapping', '', 'a mapping'],
        'list': ['sequence', '\\[[^]]', 'a list'],
        'nothing': ['none', '', 'left out: a column of a feed has no meta'],
        'on_change': ['string', '(apply|continue|fail)$', 'one of apply, continue, fail'],
        'on_existing_files': ['string', '(backfill|ignore)$', 'one of backfill, ignore'],
        'on_overwritten_files': ['string', '(stop|load|ignore)$', 'one of stop, load, ignore'],
        'on_overwritten_without_grain': ['string', '(stop|ignore)$',
            'stop or ignore where the table declares no grain, by which new rows replace older ones'],
        'format': ['string', '(' ~ formats | join('|') ~ ')$', 'one of ' ~ formats | join(', ')],
        'name': ['string', '[a-z_][a-z0-9_]{0,126}$', plain ~ ' (Redshift refuses hyphens in job names)'],
        'column': ['string', '(?!_loaded_at$)[a-z_][a-z0-9_]{0,126}$', plain ~ ', and not _loaded_at'],
        'prefix': ['string', '(?![/_])(?!.*://).',
            'the start of the object keys, without s3://, bucket, or leading slash or underscore'],
        'character': ['string', '([\\t -~]|\\\\t|\\\\[0-7]{3})$',
            'one ASCII character, \\t or an octal code such as \\001'],
        'jsonpaths': ['string', '(auto|auto ignorecase|noshred|s3://.+)$',
            'auto, auto ignorecase, noshred or the ' ~ paths],
        'avropaths': ['string', '(auto|auto ignorecase|s3://.+)$', 'auto, auto ignorecase or the ' ~ paths],
        'dist': ['string', '(even|all|auto|' ~ any_name ~ ')$', 'even, all, auto or a column'],
        'columns': ['sequence', "\\[('(" ~ any_name ~ ")'(, |\\]$))+", 'a list of columns of the table'],
        'constraints': ['sequence', "\\['not_null'\\]$",
            'not_null, the only constraint that a landing column may have'],
        'widths': ['mapping', "\\{'" ~ names | join("': \\d+, '") ~ "': \\d+\\}$",
            'the width in characters of every column, in order: ' ~ columns | join(', ')],
        'type': ['string', '(?!)', 'a type of Redshift: int2, int4, int8, float4, float8, numeric(p,s) with p to 38'
            ~ ' and s to p, bool, char(n) to 4096, varchar(n) to 65535, date, time, timetz, timestamp, timestamptz,'
            ~ ' super, varbyte(n), geometry, geography or hllsketch'],
    }) }}
{% endmacro %}

{#- One name twice, or two prefixes of which one contains the other, because a file under both would be loaded
    by both. A disabled job watches nothing. -#}
{% macro copy_job_clashes(jobs) %}
    {%- set problems = [] -%}
    {%- for job in jobs -%}
        {%- for other in jobs[:loop.index0] -%}
            {%- set owner = other.declared_name ~ ' of ' ~ other.feed.name ~ ' (' ~ other.feed.file ~ ')' -%}
            {%- set clash = "name': is taken by " ~ owner ~ '; names are unique in the project'
                if job.name == other.name
                else "prefix': '" ~ job.prefix ~ "' and '" ~ other.prefix ~ "' of job " ~ owner ~ ' match the same'
                    ~ ' files, which both jobs would load; a prefix is a string, so end it with / for a folder'
                if job.enabled and other.enabled
                    and (job.prefix.startswith(other.prefix) or other.prefix.startswith(job.prefix)) -%}
            {%- do problems.append(
                job.feed.file ~ ': ' ~ job.feed.name ~ ', job ' ~ job.declared_name ~ ", key '" ~ clash
            ) if clash -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
