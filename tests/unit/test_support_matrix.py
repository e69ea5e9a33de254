"""The support matrix in the docs says what the tests say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support_matrix import PAGE, Feature, feature_of, merged, renewed

NO_TESTS_RUN = 5
TESTS = Path(__file__).parents[1]


def test_docs_are_up_to_date(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    page = Path(shutil.copy(PAGE, tmp_path))
    if _all_collected(request.session.items):
        page.write_text(renewed(page.read_text(), request.session.items))
    else:
        _collect_for(page)
    assert page.read_text() == PAGE.read_text(), "run `make matrix`"


def _all_collected(items: list[pytest.Item]) -> bool:
    """Whether every file of tests is there that a feature can come from."""
    folders = [TESTS / name for name in ("behaviour", "integration", "unit")]
    files = {path for folder in folders for path in folder.glob("test_*.py")}
    return files <= {item.path for item in items}


def _collect_for(page: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--support-matrix={page}", "--numprocesses", "0"],
        cwd=PAGE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == NO_TESTS_RUN, done.stdout + done.stderr


def test_tests_may_not_disagree() -> None:
    one = Feature("COPY", "CSV", "supported", "", "test_a.py")
    other = Feature("COPY", "CSV", "partial", "no QUOTE", "test_b.py")
    assert merged([one, one]) == [one]
    with pytest.raises(pytest.UsageError, match=r"test_a\.py and test_b\.py disagree on COPY: CSV"):
        merged([one, other])


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        (pytest.mark.feature("COPY"), "an area and a name"),
        (pytest.mark.feature("Copy", "CSV"), "no area 'Copy'"),
        (pytest.mark.feature("COPY", "CSV", status="works"), "no status 'works'"),
        (pytest.mark.feature("COPY", "CSV", status="partial"), "needs a note"),
    ],
)
def test_a_marker_that_says_too_little_is_refused(
    marker: pytest.MarkDecorator, problem: str
) -> None:
    with pytest.raises(pytest.UsageError, match=problem):
        feature_of(marker.mark, "test_a.py")
