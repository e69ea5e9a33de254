{#- One query. PG_ tables and SYS_COPY_JOB can be read by one statement because none of Redshift's
    leader-node-only functions is called. -#}
{% macro landing_catalog(tables=[]) %}
    {%- set relations = dict(zip(tables | map(attribute='object'), tables | map(attribute='relation'))) -%}
    {%- set query -%}
        select
            'column' as kind,
            cast(pg_namespace.nspname || '.' || pg_class.relname as varchar(256)) as object,
            cast(pg_attribute.attname as varchar(128)) as name,
            cast(pg_type.typname || case
                -- a length counts a header of four bytes
                when pg_type.typname in ('varchar', 'bpchar') then '(' || (pg_attribute.atttypmod - 4) || ')'
                when pg_type.typname = 'numeric' then '(' || (pg_attribute.atttypmod - 4) / 65536
                    || ',' || (pg_attribute.atttypmod - 4) % 65536 || ')'
                else ''
            end as varchar(256)) as text,
            cast(0 as bigint) as job_id,
            case when pg_attribute.attnotnull then 1 else 0 end as is_set,
            cast(pg_class.reldiststyle as integer) as dist_style,
            case when pg_attribute.attisdistkey then 1 else 0 end as is_dist_key,
            cast(pg_attribute.attsortkeyord as integer) as sort_position
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
        inner join pg_type on pg_attribute.atttypid = pg_type.oid
        where pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
            and pg_namespace.nspname || '.' || pg_class.relname in ({{ quoted_texts(relations or ['']) }})
        union all
        select 'job', trim(job_name), '', trim(job_text), job_id, is_auto, 0, 0, 0
        from sys_copy_job
    {%- endset -%}
    {%- set catalog = {'tables': {}, 'jobs': {}} -%}
    {%- for row in run_query(query).rows -%}
        {%- if row.kind == 'column' -%}
            {%- do catalog.tables.setdefault(relations[row.object], {}).update({row.name: row}) -%}
        {%- else -%}
            {%- do catalog.jobs.update({row.object: {
                'id': row.job_id | int, 'text': row.text, 'auto': row.is_set == 1,
            }}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(catalog) }}
{% endmacro %}
