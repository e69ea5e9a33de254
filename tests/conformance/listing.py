"""Which of dbt's suites cannot pass, and why; which are quick enough for every run.

A pytest plugin. `make conformance` runs all suites; a plain run takes those of `CORE`. A test that
is listed here must fail: one that starts to pass fails the run until its line is taken out.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent

# What every run of the tests includes: one suite of each kind of thing that dbt does.
CORE: frozenset[str] = frozenset(
    {
        "test_dbt_aliases.py::TestAliases",
        "test_dbt_apart.py",
        "test_dbt_basic.py::TestSimpleMaterializations",
        "test_dbt_basic.py::TestDocsGenerate",
        "test_dbt_clone.py::TestCloneSameTargetAndState",
        "test_dbt_concurrency.py",
        "test_dbt_constraints.py::TestTableConstraintsRollback",
        "test_dbt_empty.py::TestEmpty::",
        "test_dbt_ephemeral.py::TestEphemeralErrorHandling",
        "test_dbt_grants.py::TestModelGrants",
        "test_dbt_hooks.py::TestPrePostRunHooks",
        "test_dbt_incremental.py::TestMergeExcludeColumns",
        "test_dbt_incremental.py::TestMicrobatch",
        "test_dbt_persist_docs.py::TestPersistDocs::",
        "test_dbt_query_comment.py::TestQueryComments",
        "test_dbt_show.py::TestShowLimit",
        "test_dbt_simple_seed.py::TestSimpleSeedColumnOverride",
        "test_dbt_simple_snapshot.py::TestSnapshotCheck::",
        "test_dbt_store_test_failures.py::TestStoreTestFailures::",
        "test_dbt_unit_testing.py::TestUnitTestCaseInsensitivity",
        "test_dbt_utils.py::TestCurrentTimestamps",
        "test_dbt_utils.py::TestDateDiff",
    }
)

# Test (file::class::function, or file::class for all of its functions) and why it cannot pass.
KNOWN: dict[str, str] = {
    **{
        f"test_dbt_empty.py::TestEmptySeedFlag::{test}": "dbt-core 1.11 has no `--empty` for seeds"
        for test in (
            "test_build_empty_with_seed",
            "test_seed_empty_creates_table_with_zero_rows",
            "test_seed_empty_preserves_column_types",
        )
    },
    **{
        f"test_dbt_incremental.py::TestIncrementalUniqueKeyMerge::{test}": (
            "without a key dbt leaves out WHEN MATCHED, which Redshift's MERGE requires"
        )
        for test in (
            "test__empty_str_unique_key",
            "test__empty_unique_key_list",
            "test__no_unique_keys",
        )
    },
    "test_dbt_ephemeral.py::TestEphemeralMulti": "compares SQL with one of a database named dbt",
    "test_dbt_ephemeral.py::TestEphemeralNested": "compares SQL with one of a database named dbt",
    "test_dbt_persist_docs.py::TestPersistDocsQuotedDescriptionNotAppliedOnMismatch": (
        "Redshift folds quoted names too, so the two names of the test are one"
    ),
    "test_dbt_basic.py::TestGetCatalogForSingleRelation": (
        "dbt-redshift does not implement get_catalog_for_single_relation"
    ),
}


def known_reason(test: str) -> str | None:
    """Why a test cannot pass, by its name from the file's on; None when it can."""
    return KNOWN.get(test) or KNOWN.get(test.rpartition("::")[0])


def rendered() -> str:
    """The list as Markdown."""
    lines = [f"| `{test}` | {reason} |" for test, reason in sorted(KNOWN.items())]
    return "\n".join(["| test of dbt's | cannot pass because |", "| --- | --- |", *lines])


def _conformance_items(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, str]]:
    for item in items:
        if item.path.parent == FOLDER:
            yield item, item.nodeid[item.nodeid.index(item.path.name) :].partition("[")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs before pytest chooses by marker."""
    for item, test in _conformance_items(items):
        item.add_marker(pytest.mark.conformance)
        if any(test.startswith(core) for core in CORE):
            item.add_marker(pytest.mark.core)
        reason = known_reason(test)
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how dbt's suites went, apart from all other tests."""

    def count(*outcomes: str) -> int:
        reports = (report for each in outcomes for report in terminalreporter.getreports(each))
        return len({r.nodeid for r in reports if r.nodeid.startswith("tests/conformance/")})

    passed, failed, listed = count("passed"), count("failed", "error"), count("xfailed")
    if passed or failed or listed:
        total = passed + failed + listed
        terminalreporter.write_line(
            f"dbt's suites: {passed} passed, {failed} failed, {listed} listed with their reason "
            f"({passed / total:.1%} of {total} passed)"
        )
