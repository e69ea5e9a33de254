{#- "Load error reference" in the Amazon Redshift documentation. Codes of columnar files are those
    of Redshift Spectrum, 15 thousand and something. -#}
{%- set meanings = {
    1200: 'unknown parse error',
    1201: 'field delimiter not found',
    1202: 'more fields than columns',
    1203: 'fewer fields than columns',
    1204: 'value out of range for the type, or text longer than the column',
    1205: 'invalid date',
    1206: 'invalid timestamp',
    1207: 'not a digit in a whole number',
    1208: 'invalid floating-point number',
    1209: 'invalid decimal number',
    1210: 'invalid boolean',
    1211: 'empty line',
    1212: 'file not found',
    1213: 'no data for a column that is not null',
    1214: 'delimiter not found: too few fields',
    1215: 'invalid CHAR value',
    1216: 'invalid line',
    1217: 'invalid value for an identity column',
    1218: 'NULL AS \\0, and the field holds more than one byte',
    1219: 'invalid hexadecimal digit in UTF-8',
    1220: 'invalid or unsupported UTF-8 character',
    1221: 'encoding of the file differs from ENCODING',
    1222: 'whole number out of range',
    1223: 'invalid type',
    1224: 'malformed JSON',
    8001: 'a manifest needs the full path of an object',
    9005: 'invalid end key of a manifest',
} %}
select
    copies.query_id,
    copies.copy_job_id,
    copies.job_name,
    copies.table_schema,
    copies.table_name,
    cast(trim(detail.file_name) as varchar(1300)) as object_url,
    cast(detail.line_number as bigint) as line_number,
    cast(trim(detail.column_name) as varchar(127)) as column_name,
    cast(trim(detail.column_type) as varchar(10)) as column_type,
    cast(detail.error_code as integer) as error_code,
    cast(trim(detail.error_message) as varchar(512)) as error_message,
    cast(case
        {%- for code, meaning in meanings.items() %}
        when detail.error_code = {{ code }} then {{ quoted_text(meaning) }}
        {%- endfor %}
        when detail.error_code between 15000 and 15999
            then 'the columnar file does not fit the columns'
        else 'code not in the load error reference'
    end as varchar(100)) as error_meaning,
    cast(detail.start_time as timestamp) as failed_at
from {{ source('system', 'sys_load_error_detail') }} as detail
inner join {{ ref('ops_copies') }} as copies on detail.query_id = copies.query_id
