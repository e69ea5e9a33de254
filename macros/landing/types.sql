{#- Types as the YAML and as the catalog write them, in one form: [name, arguments]; none for what is no
    type of Redshift or has arguments that it does not take. -#}
{% macro declared_type(text) %}
    {%- set aliases = {
        'smallint': 'int2', 'int': 'int4', 'integer': 'int4', 'bigint': 'int8', 'decimal': 'numeric',
        'real': 'float4', 'float': 'float8', 'double precision': 'float8', 'boolean': 'bool',
        'character varying': 'varchar', 'nvarchar': 'varchar', 'text': 'varchar', 'char': 'bpchar',
        'character': 'bpchar', 'nchar': 'bpchar', 'varbinary': 'varbyte',
        'timestamp without time zone': 'timestamp', 'timestamp with time zone': 'timestamptz',
        'time without time zone': 'time', 'time with time zone': 'timetz',
    } -%}
    {#- The arguments that a type has without being given any, and the largest first one. -#}
    {%- set defaults = {'varchar': [256], 'bpchar': [1], 'numeric': [18, 0]} -%}
    {%- set limits = {'varchar': 65535, 'bpchar': 4096, 'numeric': 38, 'varbyte': 16777216} -%}
    {%- set plain = 'int2 int4 int8 float4 float8 bool date time timetz timestamp timestamptz super geometry'
        ~ ' geography hllsketch' -%}
    {%- set found = modules.re.match('([a-z0-9 ]+?) ?(?:\\((\\d+)(?:, ?(\\d+))?\\))?$', text | string) -%}
    {%- set name = aliases.get(found.group(1), found.group(1)) if found else '' -%}
    {%- set given = found.groups()[1:] | reject('none') | map('int') | list if found else [] -%}
    {%- set fits = 1 <= given[0] <= limits.get(name, 0) and given | length <= defaults.get(name, [0]) | length
        and (given | length == 1 or given[1] <= [given[0], 37] | min) if given else name in limits or name in plain.split() -%}
    {%- set scale = [0] if name == 'numeric' and given | length == 1 else [] -%}
    {{ return([name, (given + scale if given else defaults[name]) if name in defaults else []] if fits else none) }}
{% endmacro %}

{#- From PG_TYPE and PG_ATTRIBUTE.atttypmod, whose length counts a header of four bytes. -#}
{% macro catalog_type(name, modifier) %}
    {%- set sizes = {
        'varchar': [modifier - 4], 'bpchar': [modifier - 4],
        'numeric': [(modifier - 4) // 65536, (modifier - 4) % 65536],
    } -%}
    {{ return(['varchar', [256]] if name == 'text' else [name, sizes.get(name, [])]) }}
{% endmacro %}

{% macro shown_type(type) -%}
    {{ return(type[0] ~ ('(' ~ (type[1] | join(',')) ~ ')' if type[1] else '')) }}
{%- endmacro %}
