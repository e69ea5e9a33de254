{#- INSERT of one line of the log of copy jobs. -#}
{% macro log_job_sql(name, action, job_id=none, definition=none, note=none) -%}
    insert into {{ bookkeeping('landing_log') }} (
        object_name, action, job_id, definition, definition_hash, invocation_id, done_by, note
    )
    values (
        {{ quoted_text(name) }},
        {{ quoted_text(action) }},
        {{ job_id if job_id is not none else 'null' }},
        {{ quoted_text(definition) if definition else 'null' }},
        {{ quoted_text(local_md5(definition)) if definition else 'null' }},
        {{ quoted_text(invocation_id) }},
        current_user,
        {{ quoted_text(note[:250]) if note else 'null' }}
    )
{%- endmacro %}

{#- How each job stands in the log, by name: the definition it was made with, who made it, whether
    it still exists as far as the project knows, and what an operator last did to its AUTO. -#}
{% macro logged_jobs() %}
    {%- set query -%}
        with lines as (

            select
                object_name,
                action,
                job_id,
                definition,
                definition_hash,
                done_by,
                row_number() over (
                    partition by object_name,
                        case when action in ('paused', 'resumed') then 'auto' else 'life' end
                    order by logged_at desc
                ) as recency,
                case when action in ('paused', 'resumed') then 'auto' else 'life' end as concern
            from {{ bookkeeping('landing_log') }}

        )

        select object_name, action, job_id, definition, definition_hash, done_by, concern
        from lines
        where recency = 1
    {%- endset -%}
    {%- set jobs = {} -%}
    {%- for line in run_query(query).rows -%}
        {%- set job = jobs.setdefault(line.object_name, {'life': none, 'auto': none}) -%}
        {%- do job.update({line.concern: line}) -%}
    {%- endfor -%}
    {{ return(jobs) }}
{% endmacro %}
