{#- One line of the log of copy jobs. -#}
{% macro log_job(name, action, job_id=none, definition=none, note=none) -%}
    {%- set values = [] -%}
    {%- for value in [
        name, action, definition, local_md5(definition) if definition else none, invocation_id,
        note[:250] if note else none,
    ] -%}
        {%- do values.append('null' if value is none else quoted_text(value)) -%}
    {%- endfor -%}
    {%- do run_query(
        'insert into ' ~ bookkeeping('landing_log') ~ ' (object_name, action, definition, definition_hash,'
        ~ ' invocation_id, note, job_id, done_by) values (' ~ (values | join(', ')) ~ ', '
        ~ ('null' if job_id is none else job_id) ~ ', current_user)'
    ) -%}
{%- endmacro %}

{#- How each job stands in the log, by name: the newest line about its `life` - the definition it was made
    with, who made it, whether it still exists as far as the project knows - and about its `auto`. -#}
{% macro logged_jobs() %}
    {%- set query -%}
        select
            object_name,
            action,
            job_id,
            definition,
            done_by,
            case when action in ('paused', 'resumed') then 'auto' else 'life' end as concern
        from {{ bookkeeping('landing_log') }} as lines
        qualify row_number() over (
            partition by object_name, case when action in ('paused', 'resumed') then 'auto' else 'life' end
            order by logged_at desc
        ) = 1
    {%- endset -%}
    {%- set jobs = {} -%}
    {%- for line in run_query(query).rows -%}
        {%- do jobs.setdefault(line.object_name, {}).update({line.concern: line}) -%}
    {%- endfor -%}
    {{ return(jobs) }}
{% endmacro %}
