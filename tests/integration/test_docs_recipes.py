"""docs/recipes.md: each recipe is performed as written, on a clean copy of the project.

The warehouse was built before, with three dates of sales.
"""

import gzip
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import DAILY, WITHOUT_OPS, WITHOUT_TESTS, Warehouse, date_sk, forget_parsed
from dbt_projects import SOURCES, copied_project
from local_server import environment_of_tests, started, stop_if_running
from walkthrough import edits, settle, walk_part

DOCUMENT = REPOSITORY / "docs" / "recipes.md"
D26, D27, D28, D29 = (f"2000-10-{day}" for day in (26, 27, 28, 29))
# Recipes that begin with what another one has made.
_NEEDS = {"A new type 2 dimension": "A new feed"}
_ALTERNATIVES = (
    "An overwritten column on a type 2 dimension",
    "A tracked column on a type 2 dimension",
)
# What an edit may cost, in files.
_AT_MOST = {
    "A column on a type 1 dimension": 3,
    "A carried column on a type 2 dimension": 4,
    "An overwritten column on a type 2 dimension": 4,
    "A tracked column on a type 2 dimension": 4,
    "A new feed": 3,
    "A new type 1 dimension": 6,
    "A new type 2 dimension": 6,
    "A new validation": 1,
    "A changed prefix or format": 1,
    "Slim CI": 0,
}
Contents = dict[str, list[dict[str, Any]]]
# Left out where the recipe itself has just run them, with all that leads to the fact.
_UNIT_TESTS = "resource_type:unit_test"
_MARTS = ("dim_item", "dim_customer_address", "dim_customer", "fct_store_sales")


def _recipes() -> dict[str, str]:
    """The text of each recipe by its heading."""
    parts = re.split(r"^## (.+)\n", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_recipe_is_known() -> None:
    assert set(_recipes()) == set(_AT_MOST)


@pytest.mark.parametrize("recipe", _AT_MOST)
def test_an_edit_touches_as_few_files_as_the_page_says(recipe: str) -> None:
    text = _recipes()[recipe]
    touched = len({edit.file for edit in edits(text)})
    (said,) = re.findall(r"Files\s+touched: (\w+)", text)
    assert said == (str(touched) if touched else "none")
    assert touched <= _AT_MOST[recipe]
    anchor = recipe.lower().replace(" ", "-")
    for listed in re.findall(rf"\(#{anchor}\) \| (\w+) \|", DOCUMENT.read_text()):
        assert listed == said


def test_what_the_recipes_write_keeps_the_conventions(tmp_path: Path) -> None:
    """All of them on one project, but for those that change the same lines in another way."""
    project = _copied(tmp_path)
    shutil.copy(REPOSITORY / "dbt-bouncer.yml", project)
    texts = _recipes()
    for recipe in _AT_MOST:
        if recipe not in _ALTERNATIVES:
            for edit in edits(texts[recipe]):
                edit.apply(project)
    parse = ("dbt", "--quiet", "--warn-error", "parse", "--target-path", ".local/lint")
    for program, *words in (parse, ("dbt-bouncer", "run", "--show-all-failures")):
        done = subprocess.run(
            [Path(sys.executable).with_name(program), *words],
            cwd=project,
            env={**environment_of_tests(), "COLUMNS": "250"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _copied(folder: Path) -> Path:
    """A copy of the project with the very lines of its landing YAML."""
    project = copied_project(folder / "project")
    shutil.copy(REPOSITORY / SOURCES, project / SOURCES)
    return project


@pytest.fixture(scope="module")
def built(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """Three dates were run with the project as it is; the server has stopped."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in module_local_redshift.env.items():
            patch.setenv(name, value)
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("built") / "target")
        warehouse.create_bucket()
        forget_parsed(warehouse.project)  # so that what dbt keeps of a parse is in this target
        assert warehouse.operate("apply_copy_jobs"), warehouse.said
        _deliver(warehouse)
        settle(warehouse)
        for day, words in ((D26, WITHOUT_OPS), (D27, DAILY), (D28, DAILY)):
            warehouse.build(day, *words)
    module_local_redshift.stop()
    return warehouse


def _deliver(warehouse: Warehouse) -> None:
    """On each date a sale of A with store and promotion 1, and one of B with store 2 alone."""
    warehouse.put_dates()
    warehouse.put_addresses(D26, (1, "H1", "CA"), (2, "H2", "NY"))
    warehouse.put_customers(D26, (1, "C1", 1), (2, "C2", 2))
    for number, (day, price) in enumerate(((D26, "1.00"), (D27, "2.00"), (D28, "2.00"))):
        warehouse.put_items(day, (1, "A", None, price, "Books"), (2, "B", None, "5.00", "Music"))
        lines = "".join(
            f"{date_sk(day)}||{member}|{member}|||{member}|{member}|{promotion}|{number}|1"
            f"||||||||||{price}|||\n"
            for member, promotion in ((1, "1"), (2, ""))
        )
        warehouse.put(f"store_sales/{day}.gz", gzip.compress(lines.encode()))


@pytest.fixture
def warehouse(
    built: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """A server of the test's own with this state, and a clean copy of the project.

    dbt has parsed the project before, and takes what an edit leaves as it was from there. It does
    so only where the connection is the same: each server has the ports of the first.
    """
    state, target = tmp_path / "state", tmp_path / "target"
    shutil.copytree(built.server.data_dir, state)
    target.mkdir()
    shutil.copy(built.target / "partial_parse.msgpack", target)
    with ExitStack() as stack:
        server = started(state, built.server.sql_port, built.server.aws_port)
        stack.callback(stop_if_running, server)
        for name, value in {**server.env, "COLUMNS": "100"}.items():
            monkeypatch.setenv(name, value)
        yield Warehouse(server, target, _copied(tmp_path))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("recipe", [name for name in _AT_MOST if name != "Slim CI"])
def test_a_recipe_does_what_it_says(recipe: str, warehouse: Warehouse, tmp_path: Path) -> None:
    texts, before = _recipes(), _contents(warehouse)
    if needed := _NEEDS.get(recipe):
        for edit in edits(texts[needed]):
            edit.apply(warehouse.project)
    walk_part(DOCUMENT, texts[recipe], warehouse, tmp_path)
    _CHECKS[recipe](warehouse, before)


def _contents(warehouse: Warehouse) -> Contents:
    return {table: _rows(warehouse, table) for table in _MARTS}


def _rows(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    """The rows of a mart by column, whose order differs after a full refresh."""
    columns = warehouse.rows(f"""
        select column_name from information_schema.columns
        where table_schema = 'marts' and table_name = '{table}' order by 1
    """)
    names = [name for (name,) in columns]
    rows = warehouse.rows(f"select {', '.join(names)} from marts.{table}")
    return sorted((dict(zip(names, row, strict=True)) for row in rows), key=repr)


def _assert_whole(warehouse: Warehouse, *more: str) -> None:
    """All marts build, and their tests hold.

    Args:
        more: what is left out besides.
    """
    assert warehouse.dbt("build", "--exclude", "path:models/ops", *more), warehouse.said


def _assert_no_full_refresh_is_needed(warehouse: Warehouse) -> None:
    before = _contents(warehouse)
    words = ("build", "--full-refresh", "-s", "+fct_store_sales", *WITHOUT_TESTS)
    assert warehouse.dbt(*words), warehouse.said
    assert _contents(warehouse) == before


def _city(warehouse: Warehouse, before: Contents) -> None:
    _assert_whole(warehouse)
    _assert_no_full_refresh_is_needed(warehouse)
    assert warehouse.rows("""
        select ca_address_id, ca_state, ca_city, inserted_date::varchar, updated_date::varchar
        from marts.dim_customer_address order by 1
    """) == [
        ("H1", "CA", "Fresno", D26, D29),
        ("H2", "NY", None, D26, D26),
        ("H3", "NV", "Reno", D29, D29),
        ("unknown", "unknown", "unknown", "1900-01-01", "1900-01-01"),
    ]
    assert _contents(warehouse)["fct_store_sales"] == before["fct_store_sales"]


def _item_column(
    column: str, expected: list[tuple[Any, ...]]
) -> Callable[[Warehouse, Contents], None]:
    """A check of the versions of items: id, price, the new column, from, to."""

    def check(warehouse: Warehouse, before: Contents) -> None:
        _assert_no_full_refresh_is_needed(warehouse)
        for table, start, end in (
            ("marts.dim_item", "valid_from", "valid_to"),
            ("snapshots.item_snapshot", "dbt_valid_from::date", "dbt_valid_to::date"),
        ):
            assert (
                warehouse.rows(f"""
                select
                    i_item_id, i_current_price::int, {column}, ({start})::varchar, ({end})::varchar
                from {table} where i_item_id <> 'unknown' order by 1, 4
            """)
                == expected
            )
        assert _contents(warehouse)["fct_store_sales"] == before["fct_store_sales"]

    return check


def _feed(warehouse: Warehouse, before: Contents) -> None:
    assert warehouse.rows("""
        select feed, extract_date::varchar, row_count from staging.landing_loads
        where feed = 'store'
    """) == [("store", D29, 2)]
    assert _contents(warehouse) == before


def _promotion(warehouse: Warehouse, before: Contents) -> None:
    _assert_whole(warehouse, _UNIT_TESTS)
    _assert_no_full_refresh_is_needed(warehouse)
    assert warehouse.rows("""
        select sales.sold_date::varchar, sales.ss_promo_sk, members.p_promo_id
        from marts.fct_store_sales as sales
        inner join marts.dim_promotion as members on sales.promotion_key = members.promotion_key
        order by 1, 2
    """) == [row for day in (D26, D27, D28) for row in ((day, 1, "P1"), (day, None, "unknown"))]
    _assert_facts_kept(warehouse, before)


def _store(warehouse: Warehouse, before: Contents) -> None:
    _assert_whole(warehouse, _UNIT_TESTS)
    _assert_no_full_refresh_is_needed(warehouse)
    query = """
        select sales.sold_date::varchar, versions.s_store_id, versions.s_state
        from marts.fct_store_sales as sales
        inner join marts.dim_store as versions on sales.store_key = versions.store_key
        order by 2, 1
    """
    second = [(day, "S2", "NY") for day in (D26, D27, D28)]
    assert warehouse.rows(query) == [
        (D26, "S1", "CA"),
        (D27, "S1", "CA"),
        (D28, "S1", "NV"),
        *second,
    ]
    # An extract that comes late moves the sales of its date to the version that it makes.
    late = (
        "s_store_sk,s_store_id,s_store_name,s_state,extract_date\n1,S1,Main Street,AZ,2000-10-27\n"
    )
    warehouse.put("store/late.csv", late.encode())
    settle(warehouse)
    words = ("build", "-s", "+fct_store_sales", "--exclude", _UNIT_TESTS)
    assert warehouse.dbt(*words), warehouse.said
    assert warehouse.rows(query) == [
        (D26, "S1", "CA"),
        (D27, "S1", "AZ"),
        (D28, "S1", "NV"),
        *second,
    ]
    _assert_facts_kept(warehouse, before)


def _assert_facts_kept(warehouse: Warehouse, before: Contents) -> None:
    """The fact has the rows that it had, and new columns beside."""
    known = before["fct_store_sales"]
    now = _contents(warehouse)["fct_store_sales"]
    assert sorted(({name: row[name] for name in known[0]} for row in now), key=repr) == known


def _validation(warehouse: Warehouse, before: Contents) -> None:
    assert _contents(warehouse) == before
    listed = ("ls", "--selector", "validation", "--output", "name")
    assert warehouse.dbt(*listed), warehouse.said
    assert "paid_is_not_negative" in warehouse.messages
    warehouse.put_sales(D28, (date_sk(D28), 1, 1, 1, 9, 1, "-1.00"))
    settle(warehouse)
    words = ("build", "-s", "+fct_store_sales", *WITHOUT_TESTS)
    assert warehouse.dbt(*words, run_date=D28), warehouse.said
    assert not warehouse.dbt("test", "-s", "paid_is_not_negative", run_date=D28)
    assert "Got 1 result" in warehouse.said


def _format(warehouse: Warehouse, before: Contents) -> None:
    customers = [
        row for row in _contents(warehouse)["dim_customer"] if row["c_customer_id"] != "C3"
    ]
    assert customers == before["dim_customer"]
    assert warehouse.rows("""
        select count(*) from marts.dim_customer as members
        inner join marts.dim_customer_address as addresses
            on members.address_key = addresses.address_key
        where members.c_customer_id = 'C3' and addresses.ca_address_id = 'H1'
    """) == [(1,)]


_CHECKS: dict[str, Callable[[Warehouse, Contents], None]] = {
    "A column on a type 1 dimension": _city,
    "A carried column on a type 2 dimension": _item_column(
        "i_brand",
        [
            ("A", 1, None, D26, D27),
            ("A", 2, None, D27, None),
            ("B", 5, None, D26, D29),
            ("B", 6, "Bolt", D29, None),
        ],
    ),
    "An overwritten column on a type 2 dimension": _item_column(
        "i_color",
        [
            ("A", 1, None, D26, D27),
            ("A", 2, "red", D27, None),
            ("B", 5, None, D26, D29),
            ("B", 6, "blue", D29, None),
        ],
    ),
    "A tracked column on a type 2 dimension": _item_column(
        "i_class",
        [
            ("A", 1, None, D26, D27),
            ("A", 2, None, D27, D29),
            ("A", 2, "novel", D29, "2000-10-30"),
            ("A", 2, "poetry", "2000-10-30", None),
            ("B", 5, None, D26, None),
        ],
    ),
    "A new feed": _feed,
    "A new type 1 dimension": _promotion,
    "A new type 2 dimension": _store,
    "A new validation": _validation,
    "A changed prefix or format": _format,
}
