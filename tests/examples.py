"""Expressions with their values, grouped by the line of the support matrix that they prove."""

from collections.abc import Mapping
from typing import Any

import pytest


def examples(area: str, groups: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Parameters ``(expression, value)`` for pytest, each marked with its feature."""
    return [
        pytest.param(expression, value, id=expression, marks=pytest.mark.feature(area, group))
        for group, values in groups.items()
        for expression, value in values.items()
    ]
