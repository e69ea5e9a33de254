{#- Types as the YAML and as the catalog write them, in one form: [name, arguments]. -#}

{#- None for what is no type of Redshift or has arguments that it does not take. -#}
{% macro declared_type(text) %}
    {%- set aliases = {
        'smallint': 'int2', 'int': 'int4', 'integer': 'int4', 'bigint': 'int8',
        'real': 'float4', 'float': 'float8', 'double precision': 'float8',
        'decimal': 'numeric', 'boolean': 'bool', 'varbinary': 'varbyte',
        'character varying': 'varchar', 'nvarchar': 'varchar',
        'char': 'bpchar', 'character': 'bpchar', 'nchar': 'bpchar',
        'timestamp without time zone': 'timestamp', 'timestamp with time zone': 'timestamptz',
        'time without time zone': 'time', 'time with time zone': 'timetz',
    } -%}
    {#- The arguments of a type that is written without; and the largest first argument. -#}
    {%- set defaults = {'varchar': [256], 'bpchar': [1], 'numeric': [18, 0]} -%}
    {%- set limits = {'varchar': 65535, 'bpchar': 4096, 'numeric': 38, 'varbyte': 16777216} -%}
    {%- set plain = [
        'int2', 'int4', 'int8', 'float4', 'float8', 'bool', 'date', 'time', 'timetz', 'timestamp',
        'timestamptz', 'super', 'geometry', 'geography', 'hllsketch',
    ] -%}
    {%- set found = modules.re.match('^([a-z0-9 ]+?) ?(?:\\((\\d+)(?:, ?(\\d+))?\\))?$', text | string) -%}
    {%- if text in ['text', 'bpchar'] -%}
        {{ return(['varchar' if text == 'text' else text, [256]]) }}
    {%- endif -%}
    {%- set name = aliases.get(found.group(1), found.group(1)) if found else none -%}
    {%- set given = found.groups()[1:] | reject('none') | map('int') | list if found else [] -%}
    {%- if name in plain and not given -%}
        {{ return([name, []]) }}
    {%- elif name not in limits or given | length > (2 if name == 'numeric' else 1) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set arguments = given + ([0] if name == 'numeric' else []) if given else defaults.get(name, []) -%}
    {%- if given and not 1 <= given[0] <= limits[name]
        or name == 'numeric' and arguments[1] > [arguments[0], 37] | min -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return([name, arguments[:2 if name == 'numeric' else 1] if name in defaults else []]) }}
{% endmacro %}

{#- From PG_TYPE and PG_ATTRIBUTE.atttypmod, whose length counts a header of four bytes. -#}
{% macro catalog_type(name, modifier) %}
    {%- if name in ['varchar', 'bpchar'] -%}
        {{ return([name, [modifier - 4]]) }}
    {%- elif name == 'numeric' -%}
        {{ return([name, [(modifier - 4) // 65536, (modifier - 4) % 65536]]) }}
    {%- endif -%}
    {{ return(['varchar', [256]] if name == 'text' else [name, []]) }}
{% endmacro %}

{% macro shown_type(type) -%}
    {{ return(type[0] ~ ('(' ~ (type[1] | join(',')) ~ ')' if type[1] else '')) }}
{%- endmacro %}
