{#- Which files brought the rows of one load into a landing table: feed, loaded_at (the rows' _loaded_at)
    and object_url, null when the load is not in the ledger.

    No column of a load's rows names the file. _loaded_at is the start of the load's transaction, and
    the ledger has the start of the COPY: the load is the COPY into the table that loaded as many rows
    and began nearest to it. All files of one COPY count, because its rows cannot be told apart. -#}
{% macro landed_files(feed) %}
    with deliveries as (

        select
            feed,
            loaded_at,
            row_count
        from {{ ref('landing_loads') }}
        where feed = {{ quoted_text(feed) }}

    ),

    files as (

        select distinct
            query_id,
            object_url,
            load_started_at,
            load_row_count
        from {{ ref('ops_load_files') }}
        where table_name = {{ quoted_text(feed) }}
            and table_schema = {{ quoted_text(source('tpcds', feed).schema) }}
            and status = 'ingested'
            and query_id is not null

    ),

    matches as (

        select
            deliveries.feed,
            deliveries.loaded_at,
            files.object_url,
            rank() over (
                partition by deliveries.loaded_at
                order by
                    abs(datediff(microsecond, deliveries.loaded_at, files.load_started_at)),
                    files.query_id
            ) as nearness
        from deliveries
        left join files
            on deliveries.row_count = files.load_row_count
            and files.load_started_at > dateadd(hour, -1, deliveries.loaded_at)
            and files.load_started_at < dateadd(hour, 1, deliveries.loaded_at)

    )

    select
        feed,
        loaded_at,
        object_url
    from matches
    where nearness = 1
{% endmacro %}
