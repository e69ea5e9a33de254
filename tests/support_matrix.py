"""The support matrix of the local Redshift, made from what the tests say they prove.

A pytest plugin. A test carries `@pytest.mark.feature(area, name, status=..., note=...)`;
`python -m pytest --support-matrix` collects the tests and writes the matrix into the docs, and the
list of dbt's suites that cannot pass, without running any. CI runs the tests, so each line of the
matrix is as true as CI is green.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pytest
from conformance import listing

Status = Literal["supported", "partial", "refused", "deviation"]
AREAS = (
    "DDL",
    "DML",
    "Queries",
    "Types",
    "Functions",
    "SUPER",
    "Catalog",
    "Session",
    "Access",
    "Transactions",
    "COPY",
    "UNLOAD",
    "Copy jobs",
    "Data API",
    "Clients",
    "Safety",
    "Durability",
)
PAGE = Path(__file__).parent.parent / "docs" / "local-redshift.md"
BEGIN = "<!-- {section}: begin, written by `make matrix` -->"
END = "<!-- {section}: end -->"


@dataclass(frozen=True)
class Feature:
    """One claim of one test."""

    area: str
    name: str
    status: Status
    note: str
    test: str


def feature_of(marker: pytest.Mark, test: str) -> Feature:
    """Read a marker.

    Raises:
        pytest.UsageError: the marker is not `feature(area, name, status=..., note=...)`, or names
            an area or a status that the matrix does not have.
    """
    try:
        area, name = marker.args
    except ValueError:
        raise pytest.UsageError(f"{test}: feature() takes an area and a name") from None
    status = marker.kwargs.get("status", "supported")
    note = marker.kwargs.get("note", "")
    if area not in AREAS:
        raise pytest.UsageError(f"{test}: no area {area!r}; there are {', '.join(AREAS)}")
    if status not in get_args(Status):
        raise pytest.UsageError(f"{test}: no status {status!r}")
    if status in ("partial", "deviation") and not note:
        raise pytest.UsageError(f"{test}: a feature that is {status} needs a note")
    return Feature(area, name, status, note, test)


def merged(features: Iterable[Feature]) -> list[Feature]:
    """One line per feature, in the order of the areas, then by name.

    Raises:
        pytest.UsageError: two tests say different things of the same feature.
    """
    lines: dict[tuple[str, str], Feature] = {}
    for each in features:
        known = lines.setdefault((each.area, each.name), each)
        if (known.status, known.note) != (each.status, each.note):
            raise pytest.UsageError(
                f"{known.test} and {each.test} disagree on {each.area}: {each.name}"
            )
    return sorted(lines.values(), key=lambda line: (AREAS.index(line.area), line.name.lower()))


def rendered(lines: Iterable[Feature]) -> str:
    """The matrix as Markdown, one table per area."""
    return "\n".join(_rendered(list(lines)))


def _rendered(lines: list[Feature]) -> Iterator[str]:
    for area in AREAS:
        of_area = [line for line in lines if line.area == area]
        if not of_area:
            continue
        yield f"### {area}\n"
        yield "| feature | status | remark | proved by |"
        yield "| --- | --- | --- | --- |"
        for line in of_area:
            yield f"| {_cell(line.name)} | {line.status} | {_cell(line.note)} | `{line.test}` |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_section(page: str, section: str, text: str) -> str:
    """The page with what stands between the two comments of a section replaced."""
    begin, end = BEGIN.format(section=section), END.format(section=section)
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text.rstrip()}\n\n{end}{after}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--support-matrix",
        nargs="?",
        const=str(PAGE),
        metavar="PAGE",
        help="write the support matrix into this page (default: the docs) and run no test",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    page = config.getoption("--support-matrix")
    if page is None:
        return
    path = Path(page)
    path.write_text(renewed(path.read_text(), items))
    items.clear()


def renewed(page: str, items: Iterable[pytest.Item]) -> str:
    """The page with what these tests say, which are all that there are."""
    features = (
        feature_of(marker, Path(item.nodeid.partition("::")[0]).name)
        for item in items
        for marker in item.iter_markers("feature")
    )
    text = with_section(page, "support matrix", rendered(merged(features)))
    return with_section(text, "conformance", listing.rendered())
