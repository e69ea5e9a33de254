"""The JSON schemas against which dbt checks its settings, kept from one process to the next.

dbt makes them of its classes anew in every process, which is a third of a parse that finds nothing
changed. They follow from the installed packages alone; the checks themselves are always made.
"""

import contextlib
import functools
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dbt_common.dataclass_schema import dbtClassMixin

# Whose classes, and what makes the schemas.
_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-redshift", "mashumaro")


class KeptSchemas:
    """What is in a file, as far as it was made by the packages that are installed now."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._made_by = {name: version(name) for name in _PACKAGES} | {"python": sys.version}
        self._schemas: dict[str, Any] = {}
        self._added = False
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(file.read_text())
            if kept["made_by"] == self._made_by:
                self._schemas = dict(kept["schemas"])

    def use(self) -> None:
        """Have dbt in this process take them from here."""
        make = dbtClassMixin.json_schema.__func__  # type: ignore[attr-defined] # a class method

        def json_schema(cls: type[dbtClassMixin]) -> Any:
            name = f"{cls.__module__}.{cls.__qualname__}"
            if name not in self._schemas:
                self._schemas[name] = make(cls)
                self._added = True
            return self._schemas[name]

        cached = functools.lru_cache(json_schema)
        dbtClassMixin.json_schema = classmethod(cached)  # type: ignore[assignment,method-assign,arg-type] # replaced

    def keep(self) -> None:
        """Write them down, if there are new ones. It is no loss if that fails."""
        if not self._added:
            return
        text = json.dumps({"made_by": self._made_by, "schemas": self._schemas})
        unfinished = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(text)
            unfinished.replace(self._file)
        self._added = False
