"""What the YAML of the dbt project has to look like, beyond what dbt and dbt-bouncer check."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY

FOLDERS = ("models", "macros", "snapshots", "tests/dbt")
FILES = [file for folder in FOLDERS for file in sorted((REPOSITORY / folder).rglob("*.yml"))]


def _flow_style(node: yaml.Node) -> Iterator[int]:
    """Lines with a collection in braces or brackets; rows of unit tests and empty ones excepted."""
    if not isinstance(node, yaml.CollectionNode):
        return
    if node.flow_style and node.value:
        yield node.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value != "rows":
                yield from _flow_style(value)
    else:
        for item in node.value:
            yield from _flow_style(item)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_yaml_is_in_block_style(file: Path) -> None:
    assert list(_flow_style(yaml.compose(file.read_text(), yaml.SafeLoader))) == []


def test_what_is_said_of_a_column_twice_is_a_doc_block() -> None:
    """Of models and snapshots: a doc block says it once, in a file _*docs.md."""
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in FILES:
        document: dict[str, Any] = yaml.safe_load(file.read_text())
        for node in document.get("models", []) + document.get("snapshots", []):
            for column in node.get("columns", []):
                said[column["name"], column["description"].strip()].add(node["name"])
    assert said
    assert [
        column
        for column, nodes in said.items()
        if len(nodes) > 1 and not column[1].startswith("{{ doc(")
    ] == []
