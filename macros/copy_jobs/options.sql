{#- What a copy job may say, after Redshift's COPY and COPY JOB pages. -#}

{#- The formats, with the words of COPY before what an option adds to them. -#}
{% macro copy_formats() %}
    {{ return({
        'delimited': '', 'fixedwidth': 'FIXEDWIDTH', 'csv': 'FORMAT CSV', 'json': 'FORMAT JSON',
        'avro': 'FORMAT AVRO', 'parquet': 'FORMAT PARQUET', 'orc': 'FORMAT ORC',
    }) }}
{% endmacro %}

{#- The options of COPY: the kind of value (allowed_otherwise() has the kinds), the formats, the names. -#}
{% macro copy_options() %}
    {%- set flat = ['delimited', 'csv'] -%}
    {%- set text = flat + ['fixedwidth'] -%}
    {%- set rows = text + ['json', 'avro'] -%}
    {%- set columnar = ['parquet', 'orc'] -%}
    {{ return([
        ['widths', ['fixedwidth'], 'widths'],
        ['jsonpaths', ['json'], 'mapping'],
        ['avropaths', ['avro'], 'mapping'],
        ['flag', text + ['json'], 'gzip bzip2 lzop zstd'],
        ['flag', rows, 'emptyasnull blanksasnull truncatecolumns trimblanks roundec acceptanydate'],
        ['flag', text, 'ignoreblanklines'],
        ['flag', flat + columnar, 'fillrecord'],
        ['flag', ['delimited'], 'escape removequotes'],
        ['flag', rows + columnar, 'explicit_ids'],
        ['integer', text, 'ignoreheader'],
        ['integer', rows, 'comprows'],
        ['character', flat, 'delimiter'],
        ['character', ['csv'], 'quote'],
        ['character', rows + columnar, 'acceptinvchars'],
        ['text', rows, 'dateformat timeformat encoding region'],
        ['string', text, 'null_as'],
        ['switch', rows, 'compupdate'],
        ['switch', rows + columnar, 'statupdate'],
    ]) }}
{% endmacro %}

{#- The options that a format takes, each with its kind. -#}
{% macro copy_options_of(format) %}
    {%- set options = {} -%}
    {%- for kind, formats, names in copy_options() if format in formats -%}
        {%- for name in names.split() -%}
            {%- do options.update({name: kind}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(options) }}
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
    {%- for _, formats, names in copy_options() if format not in formats -%}
        {%- for name in names.split() -%}
            {%- set message = 'is not possible with format ' ~ format ~ ', only with ' ~ (formats | join(', ')) -%}
            {%- do options.update({name: message}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(options) }}
{% endmacro %}
