{#- What would otherwise go wrong later, or pass without a word, is said before any model runs. -#}
{% macro check_build() %}
    {%- if execute -%}
        {%- do validate_landing() -%}
        {%- if flags.WHICH in ['build', 'run', 'snapshot', 'test'] -%}
            {%- set nodes = graph.nodes.values() | selectattr('resource_type', 'in', ['model', 'snapshot']) | list -%}
            {%- set selected = nodes | selectattr('unique_id', 'in', selected_resources) | list -%}
            {#- dbt's --empty builds each model from no rows. -#}
            {%- for node in selected if flags.EMPTY and relation_of(node) is not none -%}
                {%- do exceptions.raise_compiler_error(
                    '--empty would replace the rows of ' ~ node.relation_name ~ ' by none. It is for schemas that'
                    ~ ' hold nothing yet: make dev NAME=… sets up your own'
                ) -%}
            {%- endfor -%}
            {%- do refuse_missing_parents(nodes | rejectattr('unique_id', 'in', selected_resources)) -%}
            {%- set ledger = nodes | selectattr('name', 'equalto', 'landing_loads') | first -%}
            {%- do report_loads_left_out(ledger, selected) if selected and flags.WHICH != 'test' -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro refuse_missing_parents(left_out) %}
    {%- set needed, missing = [], [] -%}
    {%- for id in selected_resources if id in graph.nodes -%}
        {%- do needed.extend(graph.nodes[id].depends_on.nodes) -%}
    {%- endfor -%}
    {%- for node in left_out
        if node.unique_id in needed and not node.get('defer_relation') and relation_of(node) is none -%}
        {%- do missing.append(node.name) -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        'not built yet in this schema, and not selected: ' ~ (missing | sort | join(', '))
        ~ '. Build first: dbt build -s +' ~ (missing | sort | join(' +'))
        ~ ' (or read them from production: --defer --state <its artifacts>)'
    ) if missing -%}
{% endmacro %}

{#- A selection without landing_loads works on the loads that an earlier build took in. -#}
{% macro report_loads_left_out(ledger, selected) %}
    {%- set feeds, known = [], ledger.relation_name -%}
    {%- for feed in landing_feeds() if ledger not in selected and relation_of(ledger) is not none
        and adapter.get_relation(target.database, feed.schema, feed.table)
        and run_query(
            'select 1 from ' ~ feed.relation ~ ' where _loaded_at > (select coalesce(max(loaded_at), '
            ~ "'1900-01-01') from " ~ known ~ ' where feed = ' ~ quoted_text(feed.table) ~ ') limit 1'
        ).rows -%}
        {%- do feeds.append(feed.table) -%}
    {%- endfor -%}
    {%- do log(
        'landing: loads of ' ~ (feeds | join(', ')) ~ ' have come since the last batch, and this selection'
        ~ ' does not take them in: dbt build does, or -s with a + before the models', info=true
    ) if feeds -%}
{% endmacro %}

{% macro relation_of(node) %}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}
