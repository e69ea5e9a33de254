{#- The definition of a job as it is stored: SYS_COPY_JOB shows 256 characters of it, so what a job
    was made with is only known from here. AUTO is not part of it, because it can be altered. -#}

{% macro job_definition(job) %}
    {{ return(tojson(copy_definition(job.feed, job.job, job.url), sort_keys=true)) }}
{% endmacro %}

{#- Which parts differ between two stored definitions: "columns", "url", "options.gzip", … -#}
{% macro definition_differences(stored, declared) %}
    {%- set old, new = fromjson(stored), fromjson(declared) -%}
    {%- set fields = [] -%}
    {%- for key in new if key != 'options' and old.get(key) != new[key] -%}
        {%- do fields.append(key) -%}
    {%- endfor -%}
    {%- for option in (old.get('options', {}) | list + new.options | list) | unique -%}
        {%- if old.get('options', {}).get(option) != new.options.get(option) -%}
            {%- do fields.append('options.' ~ option) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(fields) }}
{% endmacro %}
