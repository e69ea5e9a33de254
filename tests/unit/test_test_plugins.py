"""The fixtures that tests share."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "module",
    [
        path
        for path in sorted(TESTS.rglob("*.py"))
        if path != Path(__file__) and not path.name.startswith("test_")
    ],
    ids=lambda path: str(path.relative_to(TESTS)),
)
def test_plugins_force_nothing_on_the_tests_of_others(module: Path) -> None:
    """A plugin that one module names is every test's: once, each made a project of dbt's suites."""
    assert "autouse=True" not in module.read_text()
