{#- on-run-start: how each view was made last, for all of the build, in one query. -#}
{% macro recall_views() %}
    {%- if execute -%}
        {%- set found = {'views': none} -%}
        {%- for table in bookkeeping_tables() if table.table == 'view_log' -%}
            {%- if var('landing_is_ensured')
                or adapter.get_relation(target.database, table.schema, table.table) -%}
                {%- do found.update({'views': logged_views()}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do graph.update({'views_as_made': found.views}) -%}
    {%- endif -%}
{% endmacro %}

{#- The hash of each view's last definition, by schema and name. -#}
{% macro logged_views() %}
    {%- set query -%}
        select view_name, definition_hash
        from {{ bookkeeping('view_log') }} as lines
        qualify row_number() over (partition by view_name order by made_at desc) = 1
    {%- endset -%}
    {%- set views = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do views.update({row.view_name: row.definition_hash}) -%}
    {%- endfor -%}
    {{ return(views) }}
{% endmacro %}

{#- Post-hook of views, in the transaction that makes them: logs what was made. -#}
{% macro remember_view() %}
    {%- set is_view = model.config.materialized == 'view' -%}
    {%- if execute and is_view and graph.get('views_as_made') is not none and not is_as_made() -%}
        insert into {{ bookkeeping('view_log') }} (view_name, definition_hash, invocation_id, done_by)
        values (
            {{ quoted_text(this.schema ~ '.' ~ this.identifier) }},
            {{ quoted_text(view_hash()) }},
            {{ quoted_text(invocation_id) }},
            current_user
        )
    {%- endif -%}
{% endmacro %}

{#- Whether this view is there as it would be made now, as far as the log knows. -#}
{% macro is_as_made() %}
    {%- set there = load_cached_relation(this) -%}
    {%- set name = this.schema ~ '.' ~ this.identifier -%}
    {{ return(
        there is not none
        and there.is_view
        and not should_full_refresh()
        and (graph.get('views_as_made') or {}).get(name) == view_hash()
    ) }}
{% endmacro %}

{#- All that decides how this view is made: grants, BIND and descriptions as well as its SQL. -#}
{% macro view_hash() %}
    {{ return(local_md5(tojson(
        [model.config, model.columns, model.description, model.compiled_code], sort_keys=true
    ))) }}
{% endmacro %}
