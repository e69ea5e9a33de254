"""Bound views hold on to what they read; late-binding views do not."""

from collections.abc import Callable

import pytest
from sql_helpers import Client, connect, open_engine

pytest_plugins = ["engine_fixtures"]


@pytest.fixture
def base(client: Client) -> Client:
    client.run("create table t.base (id int, name varchar(8)); insert into t.base values (1, 'a')")
    return client


def test_a_bound_view_blocks_drop_unless_cascade(base: Client) -> None:
    base.run("create view t.v as select id from base; create view t.w as select id from t.v")
    assert base.error("drop table base").sqlstate == "2BP01"
    assert base.error("drop view v").sqlstate == "2BP01"
    (result,) = base.session.run("drop table base cascade")
    assert result.notices == (
        "drop cascades to view t.v",
        "drop cascades to view t.w",
    )
    assert base.error("select * from t.w").sqlstate == "42P01"


def test_a_bound_view_follows_a_renamed_table(base: Client) -> None:
    base.run("create view t.v (key) as select b.id from base b join t.base on b.id = base.id")
    base.run("alter table t.base rename to old; create table t.base (id int)")
    assert base.rows("select key from v") == [(1,)]
    assert base.error("drop table old").sqlstate == "2BP01"
    base.run("drop table t.base; drop table t.old cascade")
    assert base.error("select * from v").sqlstate == "42P01"


def test_a_view_can_be_renamed_like_a_table(base: Client) -> None:
    base.run("create view t.v as select id from base; alter table t.v rename to w")
    assert base.rows("select * from w") == [(1,)]
    assert base.error("drop table w").sqlstate == "42809"
    base.run("drop view w; drop table base")


def test_a_late_binding_view_lets_go(base: Client) -> None:
    base.run("create view t.late as select * from t.base with no schema binding")
    base.run("drop table t.base")
    assert base.error("select * from late").sqlstate == "42P01"
    base.run("create table t.base (other date)")
    assert base.types("select * from late") == {"other": "date"}


def test_a_late_binding_view_may_come_before_its_table(client: Client) -> None:
    client.run("create view t.late as select n.id + 1 as id from t.n with no schema binding")
    for column in ("*", "id"):
        error = client.error(f"select {column} from t.late")
        assert (error.sqlstate, error.message) == ("42P01", 'relation "t.n" does not exist')
        assert error.hint == 'The late-binding view "late" reads it: create it first.'
    client.run("create table t.n as select 41 as id")
    assert client.rows("select * from t.late") == [(42,)]
    assert client.error("create view v as select * from t.nowhere").sqlstate == "42P01"
    for sql, state in (
        ("create view x as select * from n with no schema binding", "42601"),
        ("create view t.late as select * from nowhere.n with no schema binding", "42P07"),
        ("create view t.x as select * from nowhere.n with no schema binding", "3F000"),
        ("create view t.x as select * from nothing with no schema binding", "42601"),
    ):
        assert client.error(sql).sqlstate == state, sql


def test_late_binding_columns(base: Client) -> None:
    base.run("create view t.late as select id, name from t.base with no schema binding")
    sql = (
        "select c.col, c.kind, c.n from pg_get_late_binding_view_cols() "
        "c(vs name, vn name, col name, kind varchar, n int) where c.vs = 't' order by c.n"
    )
    assert base.rows(sql) == [("id", "integer", 1), ("name", "character varying(8)", 2)]
    listed = "select count(*) from information_schema.columns where table_name = 'late'"
    assert base.value(listed) == 0


def test_create_or_replace_keeps_the_columns(base: Client) -> None:
    base.run("create view t.v as select id from base")
    base.run("create or replace view t.v as select id + 1 as id from base")
    assert base.rows("select * from v") == [(2,)]
    assert base.error("create or replace view t.v as select name from base").sqlstate == "42P16"
    assert base.error("create view t.v as select 1 as id").sqlstate == "42P07"
    assert base.error("create or replace view t.base as select 1 as id").sqlstate == "42P07"


def test_a_view_means_the_same_on_another_search_path(
    base: Client, new_client: Callable[[], Client]
) -> None:
    base.run("create view t.v as with base as (select id from base) select * from base")
    assert new_client().rows("select * from t.v") == [(1,)]


def test_view_definitions_and_dependencies(base: Client) -> None:
    sql = "create view t.v as select id from base"
    base.run(sql)
    assert base.value("select view_definition from information_schema.views") == sql
    found = base.rows(
        "select dep.relname, ref.relname from pg_depend d join pg_rewrite r on d.objid = r.oid "
        "join pg_class dep on dep.oid = r.ev_class join pg_class ref on ref.oid = d.refobjid "
        "where d.deptype = 'n'"
    )
    assert found == [("v", "base")]


def test_views_survive_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("state")
    for engine in open_engine(folder):
        first = connect(engine)
        first.run("create table n (id int, c varchar(3)); create view v as select id from n")
        first.run("create view late as select * from public.later with no schema binding")
    for engine in open_engine(folder):
        second = connect(engine)
        second.run("create table later as select 5 as five; insert into n values (1, 'abc')")
        assert second.rows("select * from late, v") == [(5, 1)]
        assert second.error("insert into n values (1, 'abcd')").sqlstate == "22001"
        assert second.error("drop table n").sqlstate == "2BP01"
