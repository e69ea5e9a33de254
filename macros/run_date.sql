{% macro run_date() -%}
    {%- set given = var('run_date', '') | string | trim -%}
    {%- set given = given or modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d') -%}
    {%- do exceptions.raise_compiler_error(
        "var run_date is '" ~ given ~ "'; give a business date as yyyy-mm-dd, for example"
        ~ " --vars '{run_date: 2000-10-26}', or leave it empty for today (UTC)."
    ) if not modules.re.match('^\\d{4}-\\d{2}-\\d{2}$', given) -%}
    cast('{{ given }}' as date)
{%- endmacro %}
