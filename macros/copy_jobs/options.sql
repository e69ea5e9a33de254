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

{#- The options: type, formats that have it, what it must be told apart from its type, and its
    keyword where that is not its name. `of_format` options complete the words of the format. -#}
{% macro copy_options() %}
    {%- set flat = ['delimited', 'csv'] -%}
    {%- set text = flat + ['fixedwidth'] -%}
    {%- set rows = text + ['json', 'avro'] -%}
    {%- set columnar = ['parquet', 'orc'] -%}
    {%- set compressible = text + ['json'] -%}
    {%- set any = rows + columnar -%}
    {{ return({
        'widths': {'type': 'widths', 'formats': ['fixedwidth'], 'of_format': true},
        'mapping': {'type': 'mapping', 'formats': ['json', 'avro'], 'of_format': true},
        'gzip': {'type': 'flag', 'formats': compressible},
        'bzip2': {'type': 'flag', 'formats': compressible},
        'lzop': {'type': 'flag', 'formats': compressible},
        'zstd': {'type': 'flag', 'formats': compressible},
        'delimiter': {'type': 'text', 'formats': flat},
        'quote': {'type': 'text', 'formats': ['csv']},
        'escape': {'type': 'flag', 'formats': ['delimited']},
        'removequotes': {'type': 'flag', 'formats': ['delimited']},
        'ignoreheader': {'type': 'integer', 'formats': text},
        'ignoreblanklines': {'type': 'flag', 'formats': text},
        'null_as': {'type': 'text', 'formats': text, 'keyword': 'NULL AS'},
        'emptyasnull': {'type': 'flag', 'formats': rows},
        'blanksasnull': {'type': 'flag', 'formats': rows},
        'fillrecord': {'type': 'flag', 'formats': flat + columnar},
        'truncatecolumns': {'type': 'flag', 'formats': rows},
        'trimblanks': {'type': 'flag', 'formats': rows},
        'roundec': {'type': 'flag', 'formats': rows},
        'acceptanydate': {'type': 'flag', 'formats': rows},
        'acceptinvchars': {'type': 'text', 'formats': any},
        'dateformat': {'type': 'text', 'formats': rows},
        'timeformat': {'type': 'text', 'formats': rows},
        'encoding': {'type': 'text', 'formats': rows},
        'explicit_ids': {'type': 'flag', 'formats': any},
        'compupdate': {'type': 'switch', 'formats': rows},
        'comprows': {'type': 'integer', 'formats': rows},
        'statupdate': {'type': 'switch', 'formats': any},
        'region': {'type': 'text', 'formats': rows},
    }) }}
{% endmacro %}

{#- What COPY knows and a job may not say, each with the way out. -#}
{% macro forbidden_copy_options() %}
    {%- set role = 'the role of every COPY is var copy_role_arn, spelled out' -%}
    {%- set manifest = 'objects older than the job are loaded by run-operation backfill_copy_job' -%}
    {%- set errors = 'a job loads whole files only; correct the file and run-operation retry_file' -%}
    {%- set key = 'client-side encryption needs a key in the SQL; encrypt the bucket with KMS instead' -%}
    {{ return({
        'maxerror': errors,
        'ignoreallerrors': errors,
        'manifest': manifest,
        'noload': 'a job loads; run-operation copy_manifest tries single files',
        'iam_role': role,
        'credentials': role,
        'access_key_id': role,
        'secret_access_key': role,
        'session_token': role,
        'encrypted': key,
        'master_symmetric_key': key,
    }) }}
{% endmacro %}

{#- What a job says that is not an option of COPY, with the values allowed; none is free. -#}
{% macro copy_job_keys() %}
    {{ return({
        'name': none,
        'prefix': none,
        'format': copy_formats() | list,
        'auto': [true, false],
        'enabled': [true, false],
        'daily': [true, false],
        'on_change': ['apply', 'continue', 'fail'],
        'on_existing_files': ['backfill', 'ignore'],
    }) }}
{% endmacro %}
