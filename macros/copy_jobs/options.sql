{#- What a copy job may say, after Redshift's COPY and COPY JOB pages. -#}

{% macro copy_formats() %}
    {{ return({
        'delimited': '',
        'csv': 'FORMAT CSV',
        'json': "FORMAT JSON 'auto'",
        'avro': "FORMAT AVRO 'auto'",
        'parquet': 'FORMAT PARQUET',
        'orc': 'FORMAT ORC',
    }) }}
{% endmacro %}

{% macro copy_options() %}
    {%- set flat = ['delimited', 'csv'] -%}
    {%- set rows = flat + ['json', 'avro'] -%}
    {%- set compressible = flat + ['json'] -%}
    {%- set any = rows + ['parquet', 'orc'] -%}
    {{ return({
        'gzip': {'type': 'flag', 'formats': compressible},
        'bzip2': {'type': 'flag', 'formats': compressible},
        'lzop': {'type': 'flag', 'formats': compressible},
        'zstd': {'type': 'flag', 'formats': compressible},
        'delimiter': {'type': 'text', 'formats': flat},
        'quote': {'type': 'text', 'formats': ['csv']},
        'escape': {'type': 'flag', 'formats': ['delimited']},
        'removequotes': {'type': 'flag', 'formats': ['delimited']},
        'ignoreheader': {'type': 'integer', 'formats': flat},
        'ignoreblanklines': {'type': 'flag', 'formats': flat},
        'null_as': {'type': 'text', 'formats': flat, 'keyword': 'NULL AS'},
        'emptyasnull': {'type': 'flag', 'formats': rows},
        'blanksasnull': {'type': 'flag', 'formats': rows},
        'fillrecord': {'type': 'flag', 'formats': flat + ['parquet', 'orc']},
        'truncatecolumns': {'type': 'flag', 'formats': rows},
        'trimblanks': {'type': 'flag', 'formats': rows},
        'roundec': {'type': 'flag', 'formats': rows},
        'acceptanydate': {'type': 'flag', 'formats': rows},
        'acceptinvchars': {'type': 'text', 'formats': any},
        'dateformat': {'type': 'text', 'formats': rows},
        'timeformat': {'type': 'text', 'formats': rows},
        'encoding': {'type': 'text', 'formats': rows},
        'region': {'type': 'text', 'formats': rows},
    }) }}
{% endmacro %}

{#- What COPY knows and a job may not say, each with the way out. -#}
{% macro forbidden_copy_options() %}
    {%- set role = 'the role of every COPY is var copy_role_arn' -%}
    {%- set manifest = 'objects older than the job are loaded by run-operation copy_manifest' -%}
    {%- set errors = 'a job loads whole files only; correct the file and deliver it under a new key' -%}
    {{ return({
        'maxerror': errors,
        'ignoreallerrors': errors,
        'manifest': manifest,
        'iam_role': role,
        'credentials': role,
        'access_key_id': role,
        'secret_access_key': role,
    }) }}
{% endmacro %}
