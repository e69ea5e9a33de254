{% macro log_job(name, action, job_id=none, definition=none, note=none) -%}
    {%- set values = [
        name, action, job_id, definition, local_md5(definition) if definition, invocation_id, (note or '')[:250],
    ] -%}
    {%- set insert -%}
        insert into {{ bookkeeping('landing_log') }} (
            object_name, action, job_id, definition, definition_hash, invocation_id, note, done_by
        )
        values ({% for value in values %}{{ quoted_text(value) if value else 'null' }}, {% endfor %}current_user)
    {%- endset -%}
    {%- do run_query(insert) -%}
{%- endmacro %}

{% macro logged_jobs() %}
    {%- set concern = "case when action in ('paused', 'resumed') then 'auto' else 'life' end" -%}
    {%- set query -%}
        select object_name, action, job_id, definition, done_by, {{ concern }} as concern
        from {{ bookkeeping('landing_log') }} as lines
        qualify row_number() over (partition by object_name, {{ concern }} order by logged_at desc) = 1
    {%- endset -%}
    {%- set jobs = {} -%}
    {%- for line in run_query(query).rows if line.action != 'dropped' -%}
        {%- do jobs.setdefault(line.object_name, {}).update({line.concern: line}) -%}
    {%- endfor -%}
    {{ return(jobs) }}
{% endmacro %}
