{#- After Redshift's COPY and COPY JOB pages. -#}
{% macro copy_options(format) %}
    {%- set flat = ['delimited', 'csv'] -%}
    {%- set text = flat + ['fixedwidth'] -%}
    {%- set rows = text + ['json', 'avro'] -%}
    {%- set columnar = ['parquet', 'orc'] -%}
    {%- set no = 'is not allowed in a copy job: ' -%}
    {%- set role = no ~ 'the role of every COPY is var copy_role_arn, spelled out' -%}
    {%- set errors = no ~ 'a job loads whole files only; correct the file, then files retry' -%}
    {%- set key = no ~ 'client-side encryption needs a key in the SQL; encrypt the bucket with KMS instead' -%}
    {%- set possible, impossible = {}, {
        'maxerror': errors, 'ignoreallerrors': errors,
        'manifest': no ~ 'objects older than the job are loaded by files backfill',
        'noload': no ~ 'a job loads',
        'iam_role': role, 'credentials': role, 'access_key_id': role, 'secret_access_key': role,
        'session_token': role, 'encrypted': key, 'master_symmetric_key': key,
    } -%}
    {#- kind of value (kinds_of_values() has them), formats, names -#}
    {%- for kind, formats, names in [
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
    ] -%}
        {%- set instead = 'is not possible with format ' ~ format ~ ', only with ' ~ (formats | join(', ')) -%}
        {%- do (possible if format in formats else impossible).update(dict.fromkeys(
            names.split(), kind if format in formats else instead
        )) -%}
    {%- endfor -%}
    {{ return([possible, impossible]) }}
{% endmacro %}
