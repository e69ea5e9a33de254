{#- A feed is a source table that declares copy jobs. It is handed around as the dictionary
    that these macros return, so that the shape of dbt's graph is known here alone. -#}

{% macro landing_feeds() %}
    {%- set feeds = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- if 'copy_jobs' in node.config.meta -%}
            {%- do feeds.append(landing_feed(node)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(feeds) }}
{% endmacro %}

{% macro landing_feed(node) %}
    {{ return({
        'unique_id': node.unique_id,
        'file': node.original_file_path,
        'name': node.source_name ~ '.' ~ node.name,
        'schema': node.schema,
        'table': node.identifier,
        'relation': quoted_name(node.schema) ~ '.' ~ quoted_name(node.identifier),
        'columns': node.columns.values() | list,
        'meta': node.config.meta,
        'attributes': node.config.meta.get('table', {}),
        'jobs': node.config.meta.copy_jobs,
    }) }}
{% endmacro %}

{#- The feeds that `select` names: "source", "source.table", or a list of these; none is all. -#}
{% macro selected_feeds(select=none) %}
    {%- set wanted = [select] if select is string else (select or []) -%}
    {%- set feeds = landing_feeds() -%}
    {%- if not wanted -%}
        {{ return(feeds) }}
    {%- endif -%}
    {%- set selected = [] -%}
    {%- for name in wanted -%}
        {%- set found = [] -%}
        {%- for feed in feeds if name in (feed.name, feed.name.split('.')[0]) -%}
            {%- do found.append(feed) -%}
        {%- endfor -%}
        {%- if not found -%}
            {%- do exceptions.raise_compiler_error(
                "no feed is called '" ~ name ~ "'; the feeds are "
                ~ (feeds | map(attribute='name') | join(', '))
            ) -%}
        {%- endif -%}
        {%- do selected.extend(found) -%}
    {%- endfor -%}
    {{ return(selected | unique(attribute='name') | list) }}
{% endmacro %}
