{#- A snapshot holds the versions that the history of its members has. The snapshot's post-hook sees
    to that with every build, so members listed here were edited by hand since. -#}
{% test matches_history(model, history, business_key) %}
{{ drifted_members(model, history, business_key) }}
{% endtest %}
