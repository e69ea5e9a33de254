"""EXPLAIN in Redshift's form, from DuckDB's plan.

The steps are DuckDB's under Redshift's names. Rows are estimates; costs are made from them, and
say nothing about Redshift's.
"""

import json
from collections.abc import Iterator
from typing import Any

_NAMES = {
    "HASH_JOIN": "XN Hash Join DS_DIST_NONE",
    "NESTED_LOOP_JOIN": "XN Nested Loop DS_BCAST_INNER",
    "PIECEWISE_MERGE_JOIN": "XN Nested Loop DS_BCAST_INNER",
    "IE_JOIN": "XN Nested Loop DS_BCAST_INNER",
    "CROSS_PRODUCT": "XN Nested Loop DS_BCAST_INNER",
    "BLOCKWISE_NL_JOIN": "XN Nested Loop DS_BCAST_INNER",
    "HASH_GROUP_BY": "XN HashAggregate",
    "PERFECT_HASH_GROUP_BY": "XN HashAggregate",
    "UNGROUPED_AGGREGATE": "XN Aggregate",
    "ORDER_BY": "XN Sort",
    "TOP_N": "XN Limit",
    "LIMIT": "XN Limit",
    "STREAMING_LIMIT": "XN Limit",
    "UNION": "XN Append",
    "WINDOW": "XN Window",
    "STREAMING_WINDOW": "XN Window",
    "DUMMY_SCAN": "Result",
    "EMPTY_RESULT": "Result",
    "CTE": "XN Subquery Scan",
}
_WIDTH = 8  # bytes of a column, for want of statistics


def lines(plan: str) -> Iterator[str]:
    """The lines of a plan that DuckDB has told as JSON."""
    for root in json.loads(plan):
        yield from _step(root, 0)


def _step(node: dict[str, Any], depth: int) -> Iterator[str]:
    name = str(node["name"]).strip()
    info = node.get("extra_info") or {}
    label = _label(name, info)
    children = node.get("children") or []
    if label is None:  # a step that Redshift does not show
        for child in children:
            yield from _step(child, depth)
        return
    rows = _rows(node)
    arrow = "  " * (3 * depth - 2) + "->  " if depth else ""
    width = _WIDTH * max(1, len(_as_list(info.get("Projections"))))
    yield f"{arrow}{label}  (cost=0.00..{rows / 100:.2f} rows={rows} width={width})"
    detail = "  " * (3 * depth) + "  "
    for title, key in (
        ("Hash Cond", "Conditions"),
        ("Sort Key", "Order By"),
        ("Filter", "Filters"),
    ):
        found = _as_list(info.get(key))
        if found:
            yield f"{detail}{title}: ({' AND '.join(found)})"
    for place, child in enumerate(children):
        if label.startswith("XN Hash Join") and place == 1:
            inner = _rows(child)
            yield (
                "  "
                * (3 * (depth + 1) - 2)
                + f"->  XN Hash  (cost={inner / 100:.2f}..{inner / 100:.2f} rows={inner} "
                f"width={_WIDTH})"
            )
            yield from _step(child, depth + 2)
        else:
            yield from _step(child, depth + 1)


def _label(name: str, info: dict[str, Any]) -> str | None:
    if "SCAN" in name and info.get("Table"):
        return f"XN Seq Scan on {str(info['Table']).rpartition('.')[2]}"
    return _NAMES.get(name)


def _rows(node: dict[str, Any]) -> int:
    """What a step is estimated to yield; steps without an estimate pass on their child's."""
    text = str((node.get("extra_info") or {}).get("Estimated Cardinality", ""))
    if text.isdigit():
        return int(text)
    children = node.get("children") or []
    return _rows(children[0]) if children else 1


def _as_list(value: object) -> list[str]:
    if value is None or value == "":
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
