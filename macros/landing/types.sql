{% macro declared_type(text) %}
    {%- set aliases = {
        'smallint': 'int2', 'int': 'int4', 'integer': 'int4', 'bigint': 'int8', 'decimal': 'numeric',
        'real': 'float4', 'float': 'float8', 'double precision': 'float8', 'boolean': 'bool',
        'character varying': 'varchar', 'nvarchar': 'varchar', 'text': 'varchar', 'char': 'bpchar',
        'character': 'bpchar', 'nchar': 'bpchar', 'varbinary': 'varbyte',
        'timestamp without time zone': 'timestamp', 'timestamp with time zone': 'timestamptz',
        'time without time zone': 'time', 'time with time zone': 'timetz',
    } -%}
    {%- set plain = 'int2 int4 int8 float4 float8 bool date time timetz timestamp timestamptz super geometry'
        ~ ' geography hllsketch' -%}
    {#- the arguments that a type has without being given any, and the largest first one -#}
    {%- set sized = {
        'varchar': ['256', 65535], 'bpchar': ['1', 4096], 'numeric': ['18,0', 38], 'varbyte': ['', 16777216],
    } -%}
    {%- set found = modules.re.match('([a-z0-9 ]+?) ?(?:\\((\\d+)(?:, ?(\\d+))?\\))?$', text | string) -%}
    {%- set name, size, scale = found.groups() if found else ('', none, none) -%}
    {%- set name = aliases.get(name, name) -%}
    {%- set default, largest = sized.get(name, ['', 0]) -%}
    {%- set fits = name in sized or name in plain.split() if size is none else 1 <= size | int <= largest
        and (scale is none or name == 'numeric' and scale | int <= [size | int, 37] | min) -%}
    {%- set given = default if size is none else size ~ (',' ~ (scale or 0) if name == 'numeric' else '') -%}
    {{ return(name ~ ('(' ~ given ~ ')' if default else '') if fits else none) }}
{% endmacro %}
