{#- on-run-start: what would otherwise go wrong later, or pass without a word, is said before any model
    runs. Reads only. -#}
{% macro check_build() %}
    {%- if execute -%}
        {%- do validate_landing() -%}
        {%- if flags.WHICH in ['build', 'run', 'snapshot', 'test'] -%}
            {%- do refuse_to_empty() -%}
            {%- do refuse_missing_parents() -%}
            {%- do report_loads_left_out() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- dbt's --empty builds each model from no rows: what is there would be replaced by nothing. -#}
{% macro refuse_to_empty() %}
    {%- if flags.EMPTY -%}
        {%- for node in selected_nodes() if relation_of(node) is not none -%}
            {%- do exceptions.raise_compiler_error(
                '--empty would replace the rows of ' ~ node.relation_name ~ ' by none. It is for schemas that'
                ~ ' hold nothing yet: make dev NAME=… sets up your own'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- A parent that is neither there nor selected, nor deferred to another schema. -#}
{% macro refuse_missing_parents() %}
    {%- set missing = [] -%}
    {%- for id in selected_resources if id in graph.nodes -%}
        {%- for parent_id in graph.nodes[id].depends_on.nodes
            if parent_id not in selected_resources and parent_id in graph.nodes -%}
            {%- set parent = graph.nodes[parent_id] -%}
            {%- if parent.resource_type in ['model', 'snapshot'] and parent.name not in missing
                and not parent.get('defer_relation') and relation_of(parent) is none -%}
                {%- do missing.append(parent.name) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'not built yet in this schema, and not selected: ' ~ (missing | sort | join(', '))
            ~ '. Build first: dbt build -s ' ~ ('+' ~ (missing | sort | join(' +')))
            ~ ' (or read them from production: --defer --state <its artifacts>)'
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- A selection without landing_loads works on the loads that an earlier build took in. -#}
{% macro report_loads_left_out() %}
    {%- set ledgers = graph.nodes.values()
        | selectattr('name', 'equalto', 'landing_loads') | list -%}
    {%- set ledger = ledgers[0] -%}
    {%- if ledger.unique_id in selected_resources or flags.WHICH == 'test'
        or not selected_nodes() or relation_of(ledger) is none -%}
        {{ return('') }}
    {%- endif -%}
    {%- set there = [] -%}
    {%- for feed in landing_feeds() if adapter.get_relation(target.database, feed.schema, feed.table) -%}
        {%- do there.append(feed) -%}
    {%- endfor -%}
    {%- if not there -%}
        {{ return('') }}
    {%- endif -%}
    {%- set query -%}
        select landed.feed
        from ({{ landed_loads(ledger.relation_name, there) }}) as landed
        left join {{ ledger.relation_name }} as known
            on {{ warehouse_key(['landed.feed', 'landed.loaded_at', 'landed.extract_date']) }} = known.load_key
        where known.load_key is null
        group by landed.feed
        order by landed.feed
    {%- endset -%}
    {%- set feeds = run_query(query).columns['feed'].values() -%}
    {%- if feeds -%}
        {%- do log(
            'landing: loads of ' ~ (feeds | join(', ')) ~ ' have come since the last batch, and this selection'
            ~ ' does not take them in: dbt build does, or -s with a + before the models', info=true
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- The models and snapshots that were selected. -#}
{% macro selected_nodes() %}
    {%- set nodes = [] -%}
    {%- for id in selected_resources if id in graph.nodes -%}
        {%- if graph.nodes[id].resource_type in ['model', 'snapshot'] -%}
            {%- do nodes.append(graph.nodes[id]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}

{#- What is in the warehouse under the name of a node, or none. -#}
{% macro relation_of(node) %}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}
