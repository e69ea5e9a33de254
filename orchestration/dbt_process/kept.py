"""What dbt makes anew in every process and need not, kept from one process to the next."""

import contextlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Whose classes and code it follows from.
_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-redshift", "jinja2", "mashumaro")
# An edited model leaves behind what it was before; that many are of no use to anybody.
_MOST = 2_000


class KeptValues:
    """What is in a file, as far as it was made by the packages that are installed now.

    Attributes:
        values: by name, of what JSON knows; made anew when the file cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._made_by = {name: version(name) for name in _PACKAGES} | {"python": sys.version}
        self.values: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(file.read_text())
            if kept["made_by"] == self._made_by:
                self.values = dict(kept["values"])
        if len(self.values) > _MOST:
            self.values = {}
        self._written = dict(self.values)

    def keep(self) -> None:
        """Write them down, if there are new ones. It is no loss if that fails."""
        # A copy, because threads may add to them meanwhile.
        values = dict(self.values)
        if values == self._written:
            return
        text = json.dumps({"made_by": self._made_by, "values": values})
        unfinished = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(text)
            unfinished.replace(self._file)
        self._written = values
