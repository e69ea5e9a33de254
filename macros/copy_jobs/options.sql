{#- What a copy job may say, after Redshift's COPY and COPY JOB pages. -#}

{#- The formats, with the words of COPY before what an option adds to them. -#}
{% macro copy_formats() %}
    {{ return({
        'delimited': '',
        'fixedwidth': 'FIXEDWIDTH',
        'csv': 'FORMAT CSV',
        'json': 'FORMAT JSON',
        'avro': 'FORMAT AVRO',
        'parquet': 'FORMAT PARQUET',
        'orc': 'FORMAT ORC',
    }) }}
{% endmacro %}

{#- The options of COPY: the kind of value (landing_keys() has the kinds) and the formats that take it. -#}
{% macro copy_options() %}
    {%- set flat = ['delimited', 'csv'] -%}
    {%- set text = flat + ['fixedwidth'] -%}
    {%- set compressible = text + ['json'] -%}
    {%- set rows = compressible + ['avro'] -%}
    {%- set columnar = ['parquet', 'orc'] -%}
    {%- set any = rows + columnar -%}
    {{ return({
        'widths': ['widths', ['fixedwidth']],
        'mapping': ['jsonpaths', ['json', 'avro']],
        'gzip': ['flag', compressible],
        'bzip2': ['flag', compressible],
        'lzop': ['flag', compressible],
        'zstd': ['flag', compressible],
        'delimiter': ['character', flat],
        'quote': ['character', ['csv']],
        'escape': ['flag', ['delimited']],
        'removequotes': ['flag', ['delimited']],
        'ignoreheader': ['integer', text],
        'ignoreblanklines': ['flag', text],
        'null_as': ['string', text],
        'emptyasnull': ['flag', rows],
        'blanksasnull': ['flag', rows],
        'fillrecord': ['flag', flat + columnar],
        'truncatecolumns': ['flag', rows],
        'trimblanks': ['flag', rows],
        'roundec': ['flag', rows],
        'acceptanydate': ['flag', rows],
        'acceptinvchars': ['character', any],
        'dateformat': ['text', rows],
        'timeformat': ['text', rows],
        'encoding': ['text', rows],
        'explicit_ids': ['flag', any],
        'compupdate': ['switch', rows],
        'comprows': ['integer', rows],
        'statupdate': ['switch', any],
        'region': ['text', rows],
    }) }}
{% endmacro %}

{#- The keys of a job of this format, with the kind of value that each holds. -#}
{% macro copy_job_keys(format) %}
    {%- set keys = {
        'name': 'name!',
        'prefix': 'prefix!',
        'format': copy_formats() | list,
        'auto': 'switch',
        'enabled': 'switch',
        'daily': 'switch',
        'on_change': ['apply', 'continue', 'fail'],
        'on_existing_files': ['backfill', 'ignore'],
    } -%}
    {%- for option, rule in copy_options().items() if format in rule[1] -%}
        {%- do keys.update({option: 'widths!' if option == 'widths' else rule[0]}) -%}
    {%- endfor -%}
    {%- if format == 'avro' -%}
        {%- do keys.update({'mapping': 'avropaths'}) -%}
    {%- endif -%}
    {{ return(keys) }}
{% endmacro %}

{#- What COPY knows and a job of this format may not say, each with the reason or the way out. -#}
{% macro impossible_options(format) %}
    {%- set no = 'is not allowed in a copy job: ' -%}
    {%- set role = no ~ 'the role of every COPY is var copy_role_arn, spelled out' -%}
    {%- set errors = no ~ 'a job loads whole files only; correct the file and run-operation retry_file' -%}
    {%- set key = no ~ 'client-side encryption needs a key in the SQL; encrypt the bucket with KMS instead' -%}
    {%- set options = {
        'maxerror': errors, 'ignoreallerrors': errors,
        'manifest': no ~ 'objects older than the job are loaded by run-operation backfill_copy_job',
        'noload': no ~ 'a job loads; run-operation copy_manifest tries single files',
        'iam_role': role, 'credentials': role, 'access_key_id': role, 'secret_access_key': role,
        'session_token': role, 'encrypted': key, 'master_symmetric_key': key,
    } -%}
    {%- for option, rule in copy_options().items() if format not in rule[1] -%}
        {%- do options.update({
            option: 'is not possible with format ' ~ format ~ ', only with ' ~ (rule[1] | join(', '))
        }) -%}
    {%- endfor -%}
    {{ return(options) }}
{% endmacro %}

{#- Jobs that cannot live together: one name twice, or two prefixes of which one contains the other,
    because a file under both would be loaded by both. A disabled job watches nothing. -#}
{% macro copy_job_clashes(jobs) %}
    {%- set problems = [] -%}
    {%- for job in jobs -%}
        {%- for other in jobs[:loop.index0] -%}
            {%- set its_owner = other.declared_name ~ ' of ' ~ other.feed.name ~ ' (' ~ other.feed.file ~ ')' -%}
            {%- if job.name == other.name -%}
                {%- do problems.append(landing_problem(
                    job.feed, 'name', 'is taken by ' ~ its_owner ~ '; names are unique in the project',
                    job.declared_name
                )) -%}
            {%- endif -%}
            {%- if job.enabled and other.enabled
                and (job.prefix.startswith(other.prefix) or other.prefix.startswith(job.prefix)) -%}
                {%- do problems.append(landing_problem(
                    job.feed, 'prefix', "'" ~ job.prefix ~ "' and '" ~ other.prefix ~ "' of job " ~ its_owner
                    ~ ' match the same files, which both jobs would load; a prefix is a string, so end it'
                    ~ ' with / for a folder', job.declared_name
                )) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}

{#- Var reserved_buckets says which targets a bucket belongs to: a laptop whose var landing_bucket
    points at production would compete with production's jobs for its files. -#}
{% macro bucket_problems() %}
    {%- set bucket = var('landing_bucket') -%}
    {%- set owners = var('reserved_buckets', {}).get(bucket) -%}
    {{ return([
        "dbt_project.yml: var landing_bucket is '" ~ bucket ~ "', which var reserved_buckets keeps for target "
        ~ (owners | join(', ')) ~ "; target '" ~ target.name ~ "' needs a bucket of its own: --vars"
        ~ ' "{landing_bucket: …}"'
    ] if owners and target.name not in owners else []) }}
{% endmacro %}
