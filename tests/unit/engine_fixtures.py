"""An engine for the tests of one module, and sessions on it.

A pytest plugin and not a conftest, so that `conftest` stays the name of the one above.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sql_helpers import Client, connect, open_engine

from local_redshift.engine import Engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    yield from open_engine(Path(tmp_path_factory.mktemp("engine")))


@pytest.fixture
def new_client(engine: Engine) -> Iterator[Callable[[], Client]]:
    """Opens sessions, which are closed after the test."""
    clients: list[Client] = []

    def open_client() -> Client:
        clients.append(connect(engine))
        return clients[-1]

    yield open_client
    for client in clients:
        client.session.close()


@pytest.fixture
def client(new_client: Callable[[], Client]) -> Client:
    """A session whose search path starts with a schema that is the test's own."""
    opened = new_client()
    opened.run("drop schema if exists t cascade; create schema t; set search_path to t")
    return opened
