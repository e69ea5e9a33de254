"""SQLAlchemy with sqlalchemy-redshift, over both of its drivers.

sqlalchemy-redshift 1.0.0 cannot reflect columns with SQLAlchemy 2.1, whatever the server:
its own call of ``_reflect_type`` raises TypeError.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import LocalRedshift

from local_redshift.settings import DATABASE, HOST, USER

DRIVERS: dict[str, dict[str, Any]] = {
    "psycopg2": {"sslmode": "prefer"},  # the dialect brings Redshift's CA and verifies by it
    "redshift_connector": {"ssl": False},
}


@pytest.fixture(params=DRIVERS)
def engine(local_redshift: LocalRedshift, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    url = sa.URL.create(
        f"redshift+{request.param}",
        USER,
        local_redshift.password,
        HOST,
        local_redshift.sql_port,
        DATABASE,
    )
    made = sa.create_engine(url, connect_args=DRIVERS[request.param])
    yield made
    made.dispose()


@pytest.mark.feature("Clients", "SQLAlchemy: DDL with keys, DML, transactions")
def test_tables_are_made_filled_and_found(engine: sa.Engine) -> None:
    name = f"alchemy_{engine.driver}"
    table = sa.Table(
        name,
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("note", sa.String(10)),
        redshift_diststyle="KEY",
        redshift_distkey="id",
        redshift_sortkey="note",
    )
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": 1, "note": "a"}, {"id": 2, "note": None}])
    with engine.connect() as connection:
        connection.execute(table.delete())
        connection.rollback()
    with engine.begin() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
        keys = connection.execute(
            sa.text('select "column", distkey, sortkey from pg_table_def where tablename = :name'),
            {"name": name},
        ).all()
    assert rows == [(1, "a"), (2, None)]
    assert sorted(keys) == [("id", True, 0), ("note", False, 1)]
    table.metadata.drop_all(engine)


@pytest.mark.feature(
    "Clients",
    "SQLAlchemy: reflection",
    status="partial",
    note="names and view definitions; columns fail in the dialect itself, constraints here",
)
def test_names_and_views_are_reflected(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("create table if not exists reflected (id int)"))
        connection.execute(sa.text("create or replace view mirror as select id from reflected"))
    inspector = sa.inspect(engine)
    assert "public" in inspector.get_schema_names()
    assert "reflected" in inspector.get_table_names()
    assert "mirror" in inspector.get_view_names()
    assert "select id from reflected" in inspector.get_view_definition("mirror")
    assert inspector.has_table("reflected")
    assert not inspector.has_table("nowhere")
