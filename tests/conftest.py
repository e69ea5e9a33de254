"""What tests share: servers, a warehouse to test, patience, and an end to whatever is stuck."""

import atexit
import os
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from integrations import integrate
from live.settings import live_settings, live_warehouse, remove_objects
from local_server import (
    ANSWER_SECONDS,
    POLL_SECONDS,
    REPOSITORY,
    RUNNING,
    LocalRedshift,
    started,
    stop_if_running,
)
from warehouse import Warehouse, run

from local_redshift.settings import DATABASE, WORKGROUP

__all__ = ["REPOSITORY", "LocalRedshift"]

pytest_plugins = ["conformance.listing", "support_matrix", "processes", "order"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed after a long wait shows what its servers were doing.

    One that answers no more is replaced, lest every test to come waits for it as long.
    """
    report = yield
    if report.failed and call.duration >= ANSWER_SECONDS:
        for server in list(RUNNING):
            report.sections.append((f"the local Redshift, pid {server.pid}", server.examine()))
    return report


def pytest_unconfigure() -> None:
    """Keep quiet from here on: DuckDB's binding complains at exit of what other threads still hold.

    pytest-xdist's workers end with such threads, and a page of complaints would hide the result.
    """
    atexit.register(_close_stderr)


def _close_stderr() -> None:
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)


@pytest.fixture(scope="session")
def local_redshift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedshift]:
    """The server that tests share. Use names of your own for tables and buckets."""
    with ExitStack() as stack:
        yield _opened(tmp_path_factory.mktemp("shared") / "state", stack)


@pytest.fixture(scope="module")
def module_local_redshift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedshift]:
    """A server for the tests of one module, for warehouses that take long to fill."""
    with ExitStack() as stack:
        yield _opened(tmp_path_factory.mktemp("module") / "state", stack)


@pytest.fixture(scope="module")
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A Redshift with a schema and a place in S3 of the module's own: the local one, unless the
    variables of tests/live name another.
    """
    name = f"behaviour_{uuid.uuid4().hex[:8]}"
    live = live_settings()
    if live is None:
        opened = _local_warehouse(request.getfixturevalue("local_redshift"), name)
    else:
        opened = live_warehouse(live, name)
    with closing(opened.connect()) as connection:
        run(connection, f"create schema {name}")
    yield opened
    opened.close()
    with closing(opened.connect()) as connection:
        run(connection, f"drop schema {name} cascade")
    if live is not None:
        remove_objects(opened.client("s3"), opened.bucket, opened.prefix)


def _local_warehouse(server: LocalRedshift, name: str) -> Warehouse:
    bucket = name.replace("_", "-")
    server.client("s3").create_bucket(Bucket=bucket)
    integrate(server.client("s3"), server.client("redshift"), bucket)
    return Warehouse(
        connect=server.connect,
        client=server.client,
        bucket=bucket,
        prefix="files/",
        copy_role="arn:aws:iam::123456789012:role/retail-copy",
        schema=name,
        patience=10.0,
        data_api={"WorkgroupName": WORKGROUP, "Database": DATABASE},
    )


@pytest.fixture
def new_local_redshift(tmp_path: Path) -> Iterator[Callable[[], LocalRedshift]]:
    """Makes servers of a test's own, to stop, kill or crowd."""
    with ExitStack() as stack:
        count = iter(range(100))
        yield lambda: _opened(tmp_path / f"state-{next(count)}", stack)


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Polls a condition; fails the test when it does not come true in time."""

    def wait(condition: Callable[[], object], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not true within {seconds} s: {condition}")
            time.sleep(POLL_SECONDS)

    return wait


def _opened(data_dir: Path, stack: ExitStack) -> LocalRedshift:
    server = started(data_dir)
    stack.callback(stop_if_running, server)
    return server
