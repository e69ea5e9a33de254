"""A user without privileges, and a table that is not his.

A pytest plugin and not a conftest, so that `conftest` stays the name of the one above.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest
from people import PASSWORD, Person
from warehouse import Warehouse, run


@pytest.fixture
def person(warehouse: Warehouse) -> Iterator[Person]:
    name = warehouse.name("u")
    warehouse.run(f"create user {name} password '{PASSWORD}'")
    with closing(warehouse.connect()) as connection:
        run(connection, f"set session authorization {name}")
        yield Person(name, connection)


@pytest.fixture
def table(warehouse: Warehouse) -> str:
    """A table with one row, in a schema that nobody else may use."""
    name = warehouse.name()
    warehouse.run(f"create table {name} (a int, b varchar(10))")
    warehouse.run(f"insert into {name} values (1, 'x')")
    return f"{warehouse.schema}.{name}"
