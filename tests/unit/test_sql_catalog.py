"""The system views and SHOW, as dbt-redshift, psql and people ask them."""

import pytest
from sql_helpers import Client

from local_redshift.sql.catalog import system_views

pytest_plugins = ["engine_fixtures"]


@pytest.fixture
def model(client: Client) -> Client:
    client.run(
        "create table t.model (id int not null, name varchar(16), price numeric(12,2)) "
        "diststyle key distkey (id) sortkey (id); insert into model values (1, 'a', 2.5); "
        "comment on table model is 'said'; comment on column model.name is 'called'; "
        "create view t.bound as select id, name from model; "
        "create view t.late as select name, price from t.model with no schema binding"
    )
    return client


@pytest.mark.parametrize("name", sorted(system_views()))
def test_every_view_can_be_read(client: Client, name: str) -> None:
    schema, _, view = name.rpartition(".")
    if name == "pg_get_late_binding_view_cols":
        client.rows("select * from pg_get_late_binding_view_cols() c(a name, b name)")
        return
    client.rows(f"select * from {schema}.{view}" if schema else f"select * from {view}")
    if name.startswith("pg_"):
        client.rows(f"select count(*) from pg_catalog.{name}")


# Columns in the documented order. Text is char(n) or text there; either is varchar here.
DOCUMENTED_VIEWS = {
    "sys_copy_job": "job_id int8, job_name, iam_role, job_text, is_auto int4, "
    "on_error_suspend int4",
    "sys_copy_job_detail": "user_id int4, database_name, job_id int4, job_name, file_location, "
    "file_name, file_size int8, file_etag, job_text, modification_time timestamp, "
    "enqueue_time timestamp, status",
    "sys_copy_job_info": "job_id int8, job_name, database_name, record_time timestamp, message",
    "sys_load_history": "user_id int4, query_id int8, transaction_id int8, session_id int4, "
    "database_name, status, table_name, start_time timestamp, end_time timestamp, duration int8, "
    "data_source, file_format, loaded_rows int8, loaded_bytes int8, source_file_count int4, "
    "source_file_bytes int8, file_count_scanned int4, file_bytes_scanned int8, error_count int8, "
    "copy_job_id int8",
    "sys_transaction_history": "user_id int4, transaction_id int8, isolation_level, status, "
    "transaction_start_time timestamp, commit_start_time timestamp, commit_end_time timestamp, "
    "blocks_committed int8, undo_transaction_id int8",
    "svv_transactions": "txn_owner, txn_db, xid int8, pid int4, txn_start timestamp, lock_mode, "
    "lockable_object_type, relation int4, granted bool",
    "sys_load_detail": "user_id int4, query_id int4, file_name, bytes_scanned int4, "
    "lines_scanned int4, record_time timestamp, splits_scanned int4, start_time timestamp, "
    "end_time timestamp, file_etag, file_last_modified timestamp",
    "sys_load_error_detail": "user_id int4, query_id int8, transaction_id int8, session_id int4, "
    "database_name, table_id int4, start_time timestamp, file_name, line_number int8, "
    "column_name, column_type, column_length, position int4, error_code int4, error_message",
    "stl_load_commits": "userid int4, query int4, slice int4, name, filename, byte_offset int4, "
    "lines_scanned int4, errors int4, curtime timestamp, status int4, file_format, "
    "is_partial int4, start_offset int8, copy_job_id int8",
    "stl_load_errors": "userid int4, slice int4, tbl int4, starttime timestamp, session int4, "
    "query int4, filename, line_number int8, colname, type, col_length, position int4, raw_line, "
    "raw_field_value, err_code int4, err_reason, is_partial int4, start_offset int8, "
    "copy_job_id int8",
}


@pytest.mark.parametrize("view", DOCUMENTED_VIEWS)
def test_views_have_the_documented_columns(client: Client, view: str) -> None:
    documented = [column.partition(" ") for column in DOCUMENTED_VIEWS[view].split(", ")]
    found = client.types(f"select * from {view}")
    assert list(found.items()) == [(name, kind or "varchar") for name, _, kind in documented]


def test_internal_relations_do_not_show(client: Client) -> None:
    for column, view in (("nspname", "pg_namespace"), ("schema_name", "svv_all_schemas")):
        schemas = {row[0] for row in client.rows(f"select {column} from {view}")}
        assert not schemas & {"_catalog", "_local", "main", "_runtime"}
        assert {"public", "t"} <= schemas
    assert client.rows("select * from svv_tables where table_schema <> 't'") == []


LEGACY_COLUMNS = """
    with bound_views as (
        select ordinal_position, table_schema, column_name, data_type, character_maximum_length,
               numeric_precision, numeric_scale
        from information_schema."columns" where table_name = '{name}'
    ), unbound_views as (
        select ordinal_position, view_schema, col_name,
               case when col_type ilike 'character varying%' then 'character varying'
                    when col_type ilike 'numeric%' then 'numeric' else col_type end as col_type,
               case when col_type like 'character%'
                    then nullif(REGEXP_SUBSTR(col_type, '[0-9]+'), '')::int end as length,
               case when col_type like 'numeric%' then nullif(SPLIT_PART(
                    REGEXP_SUBSTR(col_type, '[0-9,]+'), ',', 1), '')::int end as precision,
               case when col_type like 'numeric%' then nullif(SPLIT_PART(
                    REGEXP_SUBSTR(col_type, '[0-9,]+'), ',', 2), '')::int end as scale
        from pg_get_late_binding_view_cols()
        cols(view_schema name, view_name name, col_name name, col_type varchar,
             ordinal_position int)
        where view_name = '{name}'
    ), unioned as (select * from bound_views union all select * from unbound_views)
    select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
    from unioned where table_schema = 't' order by ordinal_position
"""


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            "model",
            [
                ("id", "integer", None, 32, 0),
                ("name", "character varying", 16, None, None),
                ("price", "numeric", None, 12, 2),
            ],
        ),
        ("bound", [("id", "integer", None, 32, 0), ("name", "character varying", 16, None, None)]),
        (
            "late",
            [
                ("name", "character varying", 16, None, None),
                ("price", "numeric", None, 12, 2),
            ],
        ),
    ],
)
def test_columns_as_dbt_reads_them(
    model: Client, name: str, columns: list[tuple[object, ...]]
) -> None:
    assert model.rows(LEGACY_COLUMNS.format(name=name)) == columns


def test_columns_of_a_temporary_table(client: Client) -> None:
    client.run("create temp table tmp__dbt_tmp as select 1 as id, 'abc'::varchar(7) as name")
    sql = (
        'select column_name, character_maximum_length from information_schema."columns" '
        "where table_name = 'tmp__dbt_tmp' order by ordinal_position"
    )
    assert client.rows(sql) == [("id", None), ("name", 7)]


def test_relations_as_dbt_lists_them(model: Client) -> None:
    sql = (
        "select table_catalog as database, table_name as name, table_schema as schema, 'table' as "
        "type from information_schema.tables where table_schema ilike 't' and table_type = 'BASE "
        "TABLE' union all select table_catalog, table_name, table_schema, case when "
        "view_definition ilike '%create materialized view%' then 'materialized_view' else 'view' "
        "end from information_schema.views where table_schema ilike 't' union all select distinct "
        "'dev', proname, ns.nspname, 'function' from pg_proc join pg_namespace as ns "
        "on pronamespace = ns.oid where ns.nspname ilike 't'"
    )
    assert sorted(model.rows(sql)) == [
        ("dev", "bound", "t", "view"),
        ("dev", "late", "t", "view"),
        ("dev", "model", "t", "table"),
    ]


def test_the_catalog_as_dbt_documents_it(model: Client) -> None:
    sql = (
        "select tbl.relname, tbl.relkind, tbl_desc.description, col.attname, col.attnum, "
        "pg_catalog.format_type(col.atttypid, col.atttypmod), col_desc.description, "
        "pg_get_userbyid(tbl.relowner) from pg_catalog.pg_namespace sch "
        "join pg_catalog.pg_class tbl on tbl.relnamespace = sch.oid "
        "join pg_catalog.pg_attribute col on col.attrelid = tbl.oid "
        "left outer join pg_catalog.pg_description tbl_desc on tbl_desc.objoid = tbl.oid "
        "and tbl_desc.objsubid = 0 left outer join pg_catalog.pg_description col_desc "
        "on col_desc.objoid = tbl.oid and col_desc.objsubid = col.attnum "
        "where upper(sch.nspname) = upper('t') and tbl.relname = 'model' "
        "and col.attnum > 0 and not col.attisdropped order by col.attnum"
    )
    assert model.rows(sql) == [
        ("model", "r", "said", "id", 1, "integer", None, "awsuser"),
        ("model", "r", "said", "name", 2, "character varying(16)", "called", "awsuser"),
        ("model", "r", "said", "price", 3, "numeric(12,2)", None, "awsuser"),
    ]


def test_show_commands(model: Client) -> None:
    shown = {
        "show databases": [("dev",)],
        "show schemas from database dev like 't%'": [("dev", "t")],
        'show tables from schema "dev"."t"': [
            ("dev", "t", "bound", "VIEW"),
            ("dev", "t", "late", "VIEW"),
            ("dev", "t", "model", "TABLE"),
        ],
        "show tables from schema t like 'm%' limit 5": [("dev", "t", "model", "TABLE")],
        'show columns from table "dev"."t"."model"': [
            ("dev", "t", "model", "id", 1),
            ("dev", "t", "model", "name", 2),
            ("dev", "t", "model", "price", 3),
        ],
    }
    for sql, rows in shown.items():
        width = len(rows[0])
        assert [row[:width] for row in model.rows(sql)] == rows, sql
    columns = model.types("show columns from table t.model")
    assert list(columns)[7:12] == [
        "data_type", "character_maximum_length", "numeric_precision", "numeric_scale", "remarks",
    ]  # fmt: skip
    assert model.value("show view t.bound").startswith("create view t.bound")
    assert model.error("show tables from schema other.t").sqlstate == "3D000"


def test_grants_shown(model: Client) -> None:
    model.run("create user ann password disable; create group staff")
    model.run("grant select on t.model to ann, group staff")
    shown = model.rows("show grants on table t.model")
    assert sorted((row[4], row[6], row[7]) for row in shown if row[6] != "awsuser") == [
        ("SELECT", "/staff", "role"),
        ("SELECT", "ann", "user"),
    ]


def test_session_functions(client: Client) -> None:
    assert client.rows(
        "select current_user, user, session_user, current_database(), current_schema(), "
        "pg_last_copy_id(), pg_last_copy_count(), has_schema_privilege(current_user, 't', 'usage')"
    ) == [("awsuser", "awsuser", "awsuser", "dev", "t", -1, 0, True)]
    assert "Redshift 1.0" in client.value("select version()")
    first = client.session.last_query_id
    assert client.value("select pg_last_query_id()") == first
    assert client.value("select process from stv_sessions where process = pg_backend_pid()")


def test_a_view_on_sessions_is_up_to_date(client: Client) -> None:
    client.run("set query_group to 'mine'; create table n (id int)")
    sql = "select query_text from sys_query_history where query_label = 'mine' order by query_id"
    assert client.rows(sql)[0] == ("create table n (id int)",)


def test_a_build_with_nothing_to_do_can_be_told_from_the_log(client: Client) -> None:
    client.run("select 1; create table n as select 1 as id; begin; update n set id = 2; commit")
    client.run("show query_group; drop table n")
    sql = (
        "select query_type from sys_query_history where status = 'success' "
        f"and session_id = {client.session.pid} order by query_id desc limit 7"
    )
    kinds = [kind for (kind,) in client.rows(sql)][::-1]
    assert kinds == ["SELECT", "CTAS", "UTILITY", "UPDATE", "UTILITY", "UTILITY", "DDL"]


def test_columns_asked_for_by_a_name_are_those_of_the_whole_view(model: Client) -> None:
    # By a name they are found another way, which has to tell all of them the same.
    model.run(
        "create schema other; create table other.model (at timestamptz default sysdate not null, "
        "number int identity(1,1), share float4, document super, code char(3), free numeric)"
    )
    model.run("create view t.reads as select number, at, code as c from other.model")
    model.run("create temp table model (a bigint default 3, b varchar(7) not null, c boolean)")
    for name in ("model", "bound", "reads", "late", "nothing"):
        whole, named = (
            model.rows(
                f"select * from information_schema.columns where table_name = {asked} "
                "order by table_schema, ordinal_position"
            )
            for asked in (f"'{name}' || ''", f"'{name}'")
        )
        assert named == whole, name
    assert (
        len(model.rows("select 1 from information_schema.columns where table_name = 'model'")) == 12
    )


def test_columns_asked_for_by_a_name_follow_the_table(model: Client) -> None:
    asked = (
        "select column_name, data_type, character_maximum_length from information_schema.columns "
        "where table_schema = 't' and table_name = 'model' order by ordinal_position"
    )
    before = model.rows(asked)
    model.run("alter table t.model add column more varchar(5)")
    assert model.rows(asked) == [*before, ("more", "character varying", 5)]
    model.run("alter table t.model alter column more type varchar(50)")
    assert model.rows(asked) == [*before, ("more", "character varying", 50)]
    model.run("drop table t.model cascade; create table t.model (one int)")
    assert model.rows(asked) == [("one", "integer", None)]
    of_one = asked.partition("order")[0]
    model.run(f"create table t.kept as select count(*) as n from ({of_one}) as q")
    assert model.value("select n from t.kept") == 1


def test_a_condition_on_another_table_says_nothing_of_columns(model: Client) -> None:
    model.run("create table t.asked (table_name varchar(20)); insert into t.asked values ('model')")
    inner = (
        "select count(*) from information_schema.columns as c "
        "where c.table_schema = 't' and {} = 'model'"
    )
    whole = model.value("select count(*) from information_schema.columns where table_schema = 't'")
    of_other = model.value(f"select ({inner.format('a.table_name')}) from t.asked as a")
    assert (of_other, model.value(inner.format("c.table_name"))) == (whole, 3)


def test_a_late_binding_view_without_its_table_has_no_columns(model: Client) -> None:
    model.run("create view t.lost as select * from t.nowhere with no schema binding")
    model.run("create table t.gone (i int); create view t.left_over as select i from t.gone "
              "with no schema binding; drop table t.gone")  # fmt: skip
    for name in ("lost", "left_over"):
        asked = f"select column_name from information_schema.columns where table_name = '{name}'"
        assert model.rows(asked) == []
