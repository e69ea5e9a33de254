"""The main job as a newcomer starts it, held against the TPC-DS data itself.

What must be in the marts is computed here from the generator's files, with none of the project's
code in between.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import LocalRedshift
from documents import commands
from local_server import environment_of_tests

SCALE = "0.01"
# The first test pays for all of them.
pytestmark = pytest.mark.timeout(600)

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def played(module_local_redshift: LocalRedshift) -> tuple[LocalRedshift, str]:
    """A warehouse after ``make run``, and what the run printed."""
    return module_local_redshift, play(module_local_redshift)


def play(server: LocalRedshift) -> str:
    """What ``make run`` does once the local Redshift is up."""
    play_days = [sys.executable, "-m", "orchestration.demo", "--scale", SCALE]
    done = run(server, play_days)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(server: LocalRedshift, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository, as a shell would that knows of this server alone."""
    inherited = environment_of_tests()
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**inherited, **server.env, "PGPASSWORD": server.password, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


@pytest.fixture(scope="module")
def typed(played: tuple[LocalRedshift, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command on it, once however many tests ask for it."""

    @cache
    def type_in(*command: str) -> subprocess.CompletedProcess[str]:
        return run(played[0], command)

    return type_in


@pytest.fixture(scope="module")
def truth(played: tuple[LocalRedshift, str]) -> duckdb.DuckDBPyConnection:
    """The generator's tables."""
    server, _ = played
    connection = duckdb.connect()
    for table in ("item", "store_sales", "date_dim"):
        (file,) = (server.data_dir / "tpcds").rglob(f"{table}*.parquet")
        connection.execute(f"create view {table} as from '{file}'")
    return connection


def ask(server: LocalRedshift, sql: str) -> Sequence[Sequence[Any]]:
    with server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


def test_versions_opened_are_the_items_whose_price_changed(
    played: tuple[LocalRedshift, str], truth: duckdb.DuckDBPyConnection
) -> None:
    opened = ask(
        played[0],
        "select i_item_id, i_current_price from marts.dim_item "
        "where valid_from = '2000-10-27' order by 1",
    )
    expected = truth.execute(
        """
        with versions as (
            select *,
                lag(i_item_sk) over (partition by i_item_id order by i_item_sk) as before_sk,
                lag(i_current_price) over (partition by i_item_id order by i_item_sk) as before
            from item
        )
        select i_item_id, i_current_price from versions
        where i_rec_start_date = date '2000-10-27'
            and (before_sk is null or i_current_price is distinct from before)
        order by 1
        """
    ).fetchall()
    assert len(expected) > 300
    assert opened == expected


def test_the_version_before_is_closed_on_the_day_the_next_one_opens(
    played: tuple[LocalRedshift, str],
) -> None:
    (row,) = ask(
        played[0],
        """
        select count(*) from marts.dim_item as opened
        left join marts.dim_item as closed
            on opened.i_item_id = closed.i_item_id and closed.valid_to = opened.valid_from
        where opened.valid_from = '2000-10-27' and closed.item_key is null
        """,
    )
    assert row == (0,)


def test_the_fact_has_the_rows_of_the_three_days_to_the_cent(
    played: tuple[LocalRedshift, str], truth: duckdb.DuckDBPyConnection
) -> None:
    facts = ask(
        played[0],
        """
        select sold_date, count(*), sum(ss_quantity), sum(ss_net_paid), sum(ss_net_profit)
        from marts.fct_store_sales group by 1 order by 1
        """,
    )
    expected = truth.execute(
        """
        select d_date, count(*), sum(ss_quantity), sum(ss_net_paid), sum(ss_net_profit)
        from store_sales join date_dim on ss_sold_date_sk = d_date_sk
        where d_date between date '2000-10-26' and date '2000-10-28'
        group by 1 order by 1
        """
    ).fetchall()
    assert len(expected) == 3
    assert facts == expected


def test_every_sale_has_the_item_version_of_its_date(
    played: tuple[LocalRedshift, str],
    typed: Callable[..., subprocess.CompletedProcess[str]],
    truth: duckdb.DuckDBPyConnection,
) -> None:
    # Dates done again, as docs/operations.md has it, the first one now that newer versions are
    # current: its sales keep theirs.
    dates = ("--from", "2000-10-26", "--to", "2000-10-27")
    done = typed(sys.executable, "-m", "orchestration", "backfill", *dates)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = ask(
        played[0],
        """
        select fct.ss_item_sk, fct.ss_ticket_number, dim.i_item_id, dim.i_current_price
        from marts.fct_store_sales as fct
        join marts.dim_item as dim on fct.item_key = dim.item_key
        order by 1, 2
        """,
    )
    # A sale names a row of the item table. Its business key leads to the versions: the one of the
    # first day, and from its start date on the one that starts on the second.
    expected = truth.execute(
        """
        with sales as (
            select ss_item_sk, ss_ticket_number, d_date, i_item_id
            from store_sales
            join date_dim on ss_sold_date_sk = d_date_sk
            join item on ss_item_sk = i_item_sk
            where d_date between date '2000-10-26' and date '2000-10-28'
        ),
        versions as (
            select i_item_id, i_item_sk, i_current_price, coalesce(
                i_rec_start_date,
                lag(i_rec_end_date) over (partition by i_item_id order by i_item_sk) + 1,
                date '0001-01-01'
            ) as starts
            from item
        )
        select ss_item_sk, ss_ticket_number, i_item_id, i_current_price
        from sales join versions using (i_item_id)
        where starts <= d_date
        qualify row_number() over (
            partition by ss_item_sk, ss_ticket_number order by i_item_sk desc
        ) = 1
        order by 1, 2
        """
    ).fetchall()
    assert facts == expected


def test_a_second_run_adds_nothing_and_says_so(played: tuple[LocalRedshift, str]) -> None:
    counted = """
        select 'landing', count(*) from landing.store_sales
        union all select 'fact', count(*) from marts.fct_store_sales
        union all select 'items', count(*) from marts.dim_item
        union all select 'addresses', count(*) from marts.dim_customer_address
        union all select 'loads', count(*) from sys_load_history
        order by 1
    """
    before = ask(played[0], counted)
    printed = play(played[0])
    assert "Nothing new" in printed
    assert ask(played[0], counted) == before


def test_a_run_says_what_happened(played: tuple[LocalRedshift, str]) -> None:
    printed = played[1]
    for day in ("2000-10-26", "2000-10-27", "2000-10-28"):
        assert day in printed
    assert "fact rows" in printed.lower()


@pytest.mark.parametrize("command", commands("README.md", "docs/operations.md"), ids=" ".join)
def test_commands_of_the_documentation_run(
    played: tuple[LocalRedshift, str],
    typed: Callable[..., subprocess.CompletedProcess[str]],
    command: Sequence[str],
) -> None:
    if command[0] == "psql":
        port = command.index("-p") + 1
        assert command[port] == "5439"
        command = [*command[:port], str(played[0].sql_port), *command[port + 1 :]]
    done = typed(*command)
    assert done.returncode == 0, done.stdout + done.stderr
