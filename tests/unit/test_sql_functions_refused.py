"""What Redshift has and this does not is refused by its name."""

import pytest
from sql_helpers import Client

from local_redshift.sql import functions_unsupported

pytest_plugins = ["engine_fixtures"]

GROUPS = {
    "spatial functions (ST_*, H3_*)": ["st_area", "st_distance", "h3_center", "geometrytype"],
    "HLL sketches": ["hll", "hll_create_sketch"],
    "CHECKSUM, FARMFINGERPRINT64, MURMUR3 with a seed": ["checksum", "farmfingerprint64"],
    "TEXT_TO_INT_ALT, TEXT_TO_NUMERIC_ALT": ["text_to_int_alt", "text_to_numeric_alt"],
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=name, marks=pytest.mark.feature("Functions", group, status="refused"))
        for group, names in GROUPS.items()
        for name in names
    ],
)
def test_refused_by_name(client: Client, name: str) -> None:
    error = client.error(f"select {name}(1)")
    assert error.sqlstate == "0A000"
    assert name in error.message


@pytest.mark.parametrize("name", sorted(functions_unsupported.names()))
def test_every_refusal_names_the_function(client: Client, name: str) -> None:
    error = client.error(f"select {name}(1)")
    assert (error.sqlstate, name in error.message) == ("0A000", True)


CLAUSES = {
    "CONNECT BY": "select 1 from pg_class start with oid = 1 connect by prior oid = oid",
    "TABLESAMPLE": "select 1 from pg_class tablesample (10)",
    "SELECT FOR UPDATE": "select 1 from pg_class for update",
}


@pytest.mark.parametrize(
    "clause",
    [
        pytest.param(
            clause, id=clause, marks=pytest.mark.feature("Queries", clause, status="refused")
        )
        for clause in CLAUSES
    ],
)
def test_clause_refused(client: Client, clause: str) -> None:
    error = client.error(CLAUSES[clause])
    assert error.sqlstate == "0A000"
    assert clause in error.message
