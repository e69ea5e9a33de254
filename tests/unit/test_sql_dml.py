"""INSERT, UPDATE, DELETE and MERGE with Redshift's rules."""

import pytest
from sql_helpers import Client

pytest_plugins = ["engine_fixtures"]

WHENS = (
    "when matched then update set v = s.v when not matched then insert (id, v) values (s.id, s.v)"
)


@pytest.fixture
def pair(client: Client) -> Client:
    client.run("create table t.n (id int, v varchar(4)); insert into n values (1, 'a'), (2, 'b')")
    client.run("create table t.s (id int, v varchar(8)); insert into s values (2, 'x'), (3, 'y')")
    return client


def content(client: Client) -> list[tuple[object, ...]]:
    return client.rows("select id, v from n order by 1, 2")


def test_merge(pair: Client) -> None:
    assert pair.run(f"merge into n using s on n.id = s.id {WHENS}") == "MERGE 2"
    assert content(pair) == [(1, "a"), (2, "x"), (3, "y")]
    qualified = '"dev"."t"."n"'
    pair.run(
        f"merge into {qualified} using s as q on (q.id = {qualified}.id) "
        "when matched then delete when not matched then insert values (q.id, q.v)"
    )
    assert content(pair) == [(1, "a")]


def test_merge_remove_duplicates(pair: Client) -> None:
    pair.run("insert into n values (2, 'b'); insert into s values (3, 'y')")
    pair.run("merge into n using s on n.id = s.id remove duplicates")
    assert content(pair) == [(1, "a"), (2, "x"), (3, "y")]


def test_merge_that_matches_twice_fails(pair: Client) -> None:
    pair.run("insert into s values (2, 'z')")
    error = pair.error(f"merge into n using s on n.id = s.id {WHENS}")
    assert error.message == "Found multiple matches to update the same tuple."
    assert content(pair) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    "merge",
    [
        f"merge into n as target using s on target.id = s.id {WHENS}",
        "merge into n using s on n.id = s.id when matched and s.v = 'x' then delete "
        "when not matched then insert values (s.id, s.v)",
        "merge into n using s on n.id = s.id when matched then delete",
        "merge into n using s on n.id = s.id when matched then delete when matched then delete "
        "when not matched then insert values (s.id, s.v)",
    ],
)
def test_merge_forms_that_the_product_lacks(pair: Client, merge: str) -> None:
    assert pair.error(merge).sqlstate == "42601"


def test_merge_source_must_not_read_the_target(pair: Client) -> None:
    error = pair.error(f"merge into t.n using (select * from t.n) as s on n.id = s.id {WHENS}")
    assert "cannot reference target table" in error.message


def test_delete_using_and_update_from(pair: Client) -> None:
    assert pair.run("update n set v = s.v from s where n.id = s.id") == "UPDATE 1"
    assert content(pair) == [(1, "a"), (2, "x")]
    assert pair.run("delete from n using s where n.id = s.id and s.v = n.v") == "DELETE 1"
    assert pair.run("delete n where id = 1") == "DELETE 1"
    assert content(pair) == []


def test_delete_by_several_columns(pair: Client) -> None:
    pair.run("delete from t.n where (id, v) in (select distinct id, v from t.n as source)")
    assert content(pair) == []


@pytest.mark.parametrize(
    "sql",
    [
        "insert into n values (5, 'five!')",
        "insert into n (v) select 'five!'",
        "insert into n select s.id, s.v || 'long' from s",
        "insert into n select * from (select 1 as a, 'five!' as b)",
        "update n set v = 'five!'",
        "update n set v = s.v || 'long' from s where s.id = n.id",
        "merge into n using (select 9 as id, 'five!' as v) s on n.id = s.id " + WHENS,
        "insert into n values (5, 'éé€')",
    ],
)
def test_text_longer_than_its_column_is_refused(pair: Client, sql: str) -> None:
    error = pair.error(sql)
    assert error.sqlstate == "22001"
    assert error.message == "value too long for type character varying(4)"


def test_only_blanks_are_cut(pair: Client) -> None:
    pair.run("insert into n values (5, 'four    '), (6, 'éé'), (7, null)")
    assert content(pair)[2:] == [(5, "four"), (6, "éé"), (7, None)]


def test_insert_forms(pair: Client) -> None:
    pair.run("create table t.d (a int default 7, b varchar(3) default 'x', c numeric(5,2))")
    assert pair.run("insert into d (a, b) values (default, default), (1, 'y')") == "INSERT 0 2"
    pair.run("insert into d default values")
    pair.run(
        "insert into d (a, b) values ('1', 12), (2, 'y'), (3, null); delete from d where a < 4"
    )
    pair.run("insert into d (a, b) values (1, 'y')")
    pair.run("insert into d (c, a) with q as (select 1.234 as c) (select c, 8 from q)")
    assert pair.rows("select a, b, c::varchar from d order by 1, 2, 3") == [
        (1, "y", None), (7, "x", None), (7, "x", None), (8, "x", "1.23"),
    ]  # fmt: skip
    assert pair.error("insert into d (a) values (1, 2)").sqlstate == "42601"
    assert pair.error("insert into d (nothing) values (1)").sqlstate == "42703"
    assert pair.error("insert into d (a) values ('x')").sqlstate == "22P02"
    assert pair.error("insert into d (c) values (1000)").sqlstate == "22003"


def test_dml_with_parameters(pair: Client) -> None:
    session = pair.session
    prepared = session.prepare("insert into n (id, v) values ($1,$2),($3,$4)")
    result = session.execute(prepared, ["8", "p", 9, "it's"])
    assert result.tag == "INSERT 0 2"
    assert content(pair)[2:] == [(8, "p"), (9, "it's")]
    too_long = session.prepare("update n set v = $1")
    with pytest.raises(Exception, match="value too long"):
        session.execute(too_long, ["12345"])
