"""What the tests of the engine share: an engine of their own and a short way to ask it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_redshift.engine import Engine, Session
from local_redshift.errors import RedshiftError
from local_redshift.settings import USER, Settings


class Client:
    """One session, asked in one line."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def run(self, sql: str) -> str:
        """Run statements; the tag of the last one."""
        tag = ""
        for result in self.session.run(sql):
            list(result.rows)
            tag = result.tag
        return tag

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        result = self.session.execute(self.session.prepare(sql), values)
        return [tuple(row) for row in result.rows]

    def value(self, sql: str) -> Any:
        """The only value of a query."""
        ((value,),) = self.rows(sql)
        return value

    def types(self, sql: str) -> dict[str, str]:
        """Column names and types as they are described, before the statement runs."""
        columns = self.session.prepare(sql).columns
        assert columns is not None
        return {column.name: column.type.name for column in columns}

    def error(self, sql: str) -> RedshiftError:
        """The error of statements that must fail."""
        with pytest.raises(RedshiftError) as caught:
            self.run(sql)
        return caught.value


def open_engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(Settings(data_dir=folder))
    try:
        yield engine
    finally:
        engine.close()


def connect(engine: Engine) -> Client:
    return Client(engine.session(USER))
