"""What templates ask of dbt beyond sqlfluff's own stand-ins, as it is while dbt parses."""

from pathlib import Path
from typing import Any

import yaml
from dbt.context.base import generate_base_context

_BASE = generate_base_context({})
_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project.yml"
_VARS = yaml.safe_load(_PROJECT.read_text())["vars"]

execute = False
local_md5 = _BASE["local_md5"]
modules = _BASE["modules"]


def var(name: str, default: Any = "") -> Any:
    """The project's variable ``name``, else ``default``."""
    return _VARS.get(name, default)
