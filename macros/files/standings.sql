{#- How each object in the bucket stands with the job that watches it: the one decision that
    reconcile_copy_jobs, backfill_copy_job, the desk for failed files, the ops models, the dbt tests
    and the flow's ingestion gate share. One row per job and object:

    ingested     by the job, as the object is now
    loaded       otherwise, as it is now: a plain COPY, a backfill, a retry, or the job before it was
                 replaced, reset or dropped
    overwritten  loaded, but S3 holds another version by now, which no job will load
    pending      the job's to load: queued, or waiting for RUN because the job is paused
    failed       the job, or a plain COPY, could not load it
    quarantined, waived   set aside by a person, as it is now
    older        than the job, which therefore never sees it
    unseen       newer than the job, and the job has not noticed it

    is_open: its content is not in the table and nobody decided that it need not be.
    is_owed: backfill_copy_job loads it: no job will, and it is old enough for that to be certain.

    The listing of S3 is s3_inventory; what the jobs have seen since it was made is there as well.
    Every word about an object holds for one version of it, told by its ETag. `select` as in
    declared_jobs; disabled jobs watch nothing. -#}
{% macro object_standings(select=none) %}
    {%- if not execute -%}
        {{ return('') }}
    {%- endif -%}
    {%- set grace = var('event_grace_seconds') | int -%}
    with declared as (

        {{ declared_jobs_sql(select) }}

    ),

    births as (

        {{ job_births() }}

    ),

    objects as (

        {{ watched_objects() }}

    ),

    loads as (

        {{ load_evidence() }}

    ),

    versions as (

        select
            objects.job_name,
            objects.object_url,
            loads.own_job,
            loads.loaded_by,
            loads.loaded_at,
            loads.etag as loaded_etag,
            case
                when objects.etag is null or loads.etag = objects.etag then 1
                when loads.etag is null and objects.modified_at <= loads.known_at then 1
                else 0
            end as is_current,
            loads.known_at
        from objects
        inner join loads
            on objects.table_name = loads.table_name
            and {{ same_object('objects.object_url', 'objects.etag', 'loads.object_url', 'loads.etag') }}
        where loads.table_schema is null or loads.table_schema = objects.table_schema

    ),

    ranked_versions as (

        select
            versions.*,
            max(loaded_at) over (partition by job_name, object_url, is_current) as last_loaded_at,
            row_number() over (
                partition by job_name, object_url
                order by
                    is_current desc,
                    case when own_job = job_name then 0 else 1 end,
                    known_at desc,
                    loaded_by
            ) as recency
        from versions

    ),

    failures as (

        {{ failure_evidence() }}

    ),

    failed as (

        select
            objects.job_name,
            objects.object_url,
            max(failures.failed_at) as failed_at
        from objects
        inner join failures
            on (failures.job_name is null or objects.job_name = failures.job_name)
            and (failures.table_name is null or objects.table_name = failures.table_name)
            and (failures.table_schema is null or objects.table_schema = failures.table_schema)
            and {{ same_object('objects.object_url', 'objects.etag', 'failures.object_url', 'failures.etag') }}
        where failures.job_name is not null or failures.failed_at >= objects.modified_at
        group by objects.job_name, objects.object_url

    ),

    decisions as (

        select
            objects.job_name,
            objects.object_url,
            decisions.decision,
            decisions.decided_by,
            decisions.reason,
            row_number() over (
                partition by objects.job_name, objects.object_url order by decisions.decided_at desc
            ) as recency
        from objects
        inner join {{ bookkeeping('file_decisions') }} as decisions
            on objects.job_name = decisions.job_name
            and objects.object_url = decisions.object_url
        where objects.etag = decisions.etag
            or (decisions.etag is null and objects.modified_at <= decisions.decided_at)

    ),

    facts as (

        select
            objects.*,
            births.born_at,
            ranked_versions.own_job,
            ranked_versions.is_current,
            ranked_versions.loaded_by,
            ranked_versions.last_loaded_at as loaded_at,
            ranked_versions.loaded_etag,
            failed.failed_at,
            decisions.decision,
            decisions.decided_by,
            decisions.reason as decision_reason,
            -- S3 dates objects in whole seconds, so a second lies between "before" and "after"
            coalesce(objects.modified_at < dateadd(second, -1, births.created_at), false)
                as is_out_of_sight,
            coalesce(objects.modified_at < dateadd(second, -{{ grace }}, objects.listed_at), false)
                as is_past_grace
        from objects
        left join births on objects.job_name = births.job_name
        left join ranked_versions
            on objects.job_name = ranked_versions.job_name
            and objects.object_url = ranked_versions.object_url
            and ranked_versions.recency = 1
        left join failed
            on objects.job_name = failed.job_name and objects.object_url = failed.object_url
        left join decisions
            on objects.job_name = decisions.job_name
            and objects.object_url = decisions.object_url
            and decisions.recency = 1

    ),

    standings as (

        select
            facts.*,
            case
                when is_current = 1 and own_job = job_name then 'ingested'
                when is_current = 1 then 'loaded'
                when decision = 'quarantine' then 'quarantined'
                when decision = 'waive' then 'waived'
                when is_current = 0 then 'overwritten'
                when job_status = 'E' then 'failed'
                when job_status is not null then 'pending'
                when failed_at is not null then 'failed'
                when born_at is null or modified_at < born_at then 'older'
                when is_auto = 0 and not is_out_of_sight then 'pending'
                else 'unseen'
            end as standing
        from facts

    )

    select
        job_name,
        table_schema,
        table_name,
        object_url,
        bucket,
        object_key,
        size,
        etag,
        modified_at,
        listed_at,
        cast(standing as varchar(20)) as standing,
        standing in ('overwritten', 'failed', 'pending', 'unseen')
        or (standing = 'older' and on_existing_files = 'backfill') as is_open,
        (is_out_of_sight or is_past_grace)
        and (standing = 'unseen' or (standing = 'older' and on_existing_files = 'backfill')) as is_owed,
        loaded_by,
        loaded_at,
        loaded_etag,
        failed_at,
        decision,
        decided_by,
        decision_reason
    from standings
{% endmacro %}
