{#- A view is made when it is not there or not as it was made last, and otherwise left alone. Replaced
    each time, it would wait for every query that reads it, and DROP ... CASCADE of the old one would
    take with it what others have built upon it. --full-refresh makes all anew. -#}
{% materialization view, adapter='redshift' %}
    {%- if not is_as_made() -%}
        {{ return(dbt.materialization_view_redshift()) }}
    {%- endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call noop_statement('main', 'unchanged') -%}{%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{% endmaterialization %}
