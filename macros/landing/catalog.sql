{#- What the warehouse has: the columns of the given tables, every copy job that this user may see,
    and whether the user sees all of them. One query. PG_ tables and SYS_COPY_JOB can be read by one
    statement because none of Redshift's leader-node-only functions is called. -#}
{% macro landing_catalog(tables=[]) %}
    {%- set names = ["''"] -%}
    {%- for table in tables -%}
        {%- do names.append(quoted_text(table.schema ~ '.' ~ table.table)) -%}
    {%- endfor -%}
    {%- set query -%}
        select
            'column' as kind,
            cast(pg_namespace.nspname || '.' || pg_class.relname as varchar(256)) as object,
            cast(pg_attribute.attname as varchar(128)) as name,
            cast(pg_type.typname as varchar(256)) as text,
            cast(pg_attribute.atttypmod as bigint) as number,
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
            and pg_namespace.nspname || '.' || pg_class.relname in ({{ names | join(', ') }})
        union all
        select 'job', trim(job_name), '', trim(job_text), job_id, is_auto, 0, 0, 0
        from sys_copy_job
        union all
        select 'user', usename, '', '', 0, case when usesuper then 1 else 0 end, 0, 0, 0
        from pg_user
        where usename = current_user
    {%- endset -%}
    {%- set catalog = {'tables': {}, 'jobs': {}, 'user': none, 'is_superuser': false} -%}
    {%- for row in run_query(query).rows -%}
        {%- if row.kind == 'column' -%}
            {%- do catalog.tables.setdefault(row.object, {}).update({row.name: row}) -%}
        {%- elif row.kind == 'job' -%}
            {%- do catalog.jobs.update({row.object: {
                'name': row.object, 'id': row.number | int, 'text': row.text, 'auto': row.is_set == 1,
            }}) -%}
        {%- else -%}
            {%- do catalog.update({'user': row.object, 'is_superuser': row.is_set == 1}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(catalog) }}
{% endmacro %}
