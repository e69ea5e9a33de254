{#- Types as the YAML and as the catalog write them, in one form: [name, arguments]. -#}

{% macro declared_type(text) %}
    {%- set names = {
        'int2': 'int2', 'smallint': 'int2',
        'int4': 'int4', 'int': 'int4', 'integer': 'int4',
        'int8': 'int8', 'bigint': 'int8',
        'float4': 'float4', 'real': 'float4',
        'float8': 'float8', 'float': 'float8', 'double precision': 'float8',
        'numeric': 'numeric', 'decimal': 'numeric',
        'varchar': 'varchar', 'character varying': 'varchar', 'nvarchar': 'varchar', 'text': 'varchar',
        'char': 'bpchar', 'character': 'bpchar', 'nchar': 'bpchar', 'bpchar': 'bpchar',
        'bool': 'bool', 'boolean': 'bool',
        'timestamp': 'timestamp', 'timestamp without time zone': 'timestamp',
        'timestamptz': 'timestamptz', 'timestamp with time zone': 'timestamptz',
    } -%}
    {%- set defaults = {'varchar': [256], 'bpchar': [1], 'numeric': [18, 0]} -%}
    {%- set found = modules.re.match('^([a-z0-9 ]+?) ?(?:\\(([0-9, ]+)\\))?$', text) -%}
    {%- set name = names.get(found.group(1), found.group(1)) -%}
    {%- if found.group(2) is none -%}
        {{ return([name, defaults.get(name, [])]) }}
    {%- endif -%}
    {%- set arguments = found.group(2).split(',') | map('int') | list -%}
    {{ return([name, arguments + [0] if name == 'numeric' and arguments | length == 1 else arguments]) }}
{% endmacro %}

{#- From PG_TYPE and PG_ATTRIBUTE.atttypmod, whose length counts a header of four bytes. -#}
{% macro catalog_type(name, modifier) %}
    {%- if name in ['varchar', 'bpchar'] -%}
        {{ return([name, [modifier - 4]]) }}
    {%- elif name == 'numeric' -%}
        {{ return([name, [(modifier - 4) // 65536, (modifier - 4) % 65536]]) }}
    {%- endif -%}
    {{ return(declared_type('varchar') if name == 'text' else [name, []]) }}
{% endmacro %}

{% macro shown_type(type) -%}
    {{ return(type[0] ~ ('(' ~ (type[1] | join(',')) ~ ')' if type[1] else '')) }}
{%- endmacro %}
