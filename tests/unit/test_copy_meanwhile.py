"""What COPY takes for its target while other sessions change it."""

from collections.abc import Callable

import pytest
from sql_helpers import Client

from local_redshift.copy import columns
from local_redshift.copy.parameters import parse_copy
from local_redshift.errors import RedshiftError

pytest_plugins = ["engine_fixtures"]

COPY = parse_copy("copy t.target from 's3://bucket/key' iam_role default")


@pytest.fixture
def meanwhile(
    monkeypatch: pytest.MonkeyPatch, client: Client, new_client: Callable[[], Client]
) -> Callable[[str], None]:
    """Has another session run something while a COPY looks at its target."""
    client.run("create table target (a int, b int)")
    another, look = new_client(), columns.columns_of

    def run(sql: str) -> None:
        def looked(*arguments: object) -> object:
            found = look(*arguments)  # type: ignore[arg-type] # passed on
            another.run(sql)
            return found

        monkeypatch.setattr(columns, "columns_of", looked)

    return run


def test_a_column_that_is_added_meanwhile_is_for_the_next_load(
    client: Client, meanwhile: Callable[[str], None]
) -> None:
    meanwhile("alter table t.target add column c int default 7")
    target = columns.find_target(client.session.connection, COPY)
    assert [column.name for column in target.loaded] == ["a", "b"]


def test_a_table_that_is_dropped_meanwhile_does_not_exist(
    client: Client, meanwhile: Callable[[str], None]
) -> None:
    meanwhile("drop table t.target")
    with pytest.raises(RedshiftError, match="nonexistent table target") as caught:
        columns.find_target(client.session.connection, COPY)
    assert caught.value.sqlstate == "42P01"
