"""What dbt's suites of adapters need to know of the warehouse under test.

A pytest plugin and not a conftest, so that `conftest` stays the name of the one above. A plugin's
fixtures are every test's, once any module of this folder has been collected: none may be autouse.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import closing

import pytest
import sqlparse
from conftest import LocalRedshift
from dbt.adapters.base import impl
from dbt.adapters.contracts.connection import Connection
from dbt.adapters.factory import reset_adapters
from dbt.adapters.redshift import RedshiftAdapter
from warehouse import run

from local_redshift.settings import DATABASE, HOST, USER

_FLAGS = "DEFAULT_BASE_BEHAVIOR_FLAGS"

# The suites of grants read the names of their users from these variables.
GRANTEES = {f"DBT_TEST_USER_{number}": f"dbt_test_user_{number}" for number in (1, 2, 3)}
os.environ.update(GRANTEES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """The suites work in the folder of their project, and stay there when its setup fails."""
    try:
        yield
    except BaseException:
        os.chdir(item.config.rootpath)
        raise


@pytest.fixture(scope="class")
def adapter(adapter: RedshiftAdapter) -> Iterator[RedshiftAdapter]:
    """The suites' own adapter, which runs one statement at a time.

    Redshift's driver prepares every text, and a prepared text is one statement. dbt splits what
    models send; the suites' own SQL goes past that, several statements at once.
    """
    run_whole = adapter.run_sql_for_tests

    def run_each(sql: str, fetch: str | None, connection: Connection) -> object:
        result = None
        for statement in sqlparse.split(sql):
            result = run_whole(statement, fetch, connection)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter, "run_sql_for_tests", run_each)
        yield adapter


@pytest.fixture(scope="session")
def grantees(local_redshift: LocalRedshift) -> None:
    """The users that the suites of grants name."""
    with closing(local_redshift.connect()) as connection:
        for user in GRANTEES.values():
            run(connection, f"create user {user} password 'Password-1'")


@pytest.fixture(scope="class")
def dbt_profile_target(local_redshift: LocalRedshift) -> Iterator[dict[str, object]]:
    """The profile of every project that a suite makes.

    The suites take the adapter that is there, and dbt leaves the one of the last command of this
    process, connected to the server of another test. It also leaves flags for all adapters to come,
    which make each command slower than the one before (dbt-labs/dbt-adapters, issue 2136): what a
    suite adds is taken back after it.
    """
    reset_adapters()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(impl, _FLAGS, list(getattr(impl, _FLAGS)))
        yield profile_target(local_redshift)


def profile_target(local_redshift: LocalRedshift) -> dict[str, object]:
    return {
        "type": "redshift",
        "host": HOST,
        "port": local_redshift.sql_port,
        "user": USER,
        "pass": local_redshift.password,
        "dbname": DATABASE,
        "sslmode": "disable",
        "threads": 4,
        "retries": 0,
    }
