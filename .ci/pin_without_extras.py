"""Adds to a lock, for each ``name[extra]==version``, the same pin as plain ``name==version``.

pip takes the two for different packages until it has resolved them: a pin below the newest version
that is written with an extra is not seen where another package asks for the plain name, and the
install fails for want of a hash; written plain, it is not seen the other way round.
"""

import re
import sys
from pathlib import Path

_ENTRY = re.compile(r"^(?=[a-z0-9._-]+(?:\[[^\]]*\])?==)", re.MULTILINE)
_EXTRAS = re.compile(r"^([a-z0-9._-]+)\[[^\]]*\]==")


def main(lock: Path) -> None:
    """Rewrite ``lock``, which uv has just written."""
    head, *entries = _ENTRY.split(lock.read_text())
    for position, entry in reversed(list(enumerate(entries))):
        if _EXTRAS.match(entry):
            entries.insert(position, _EXTRAS.sub(r"\1==", entry))
    lock.write_text("".join([head, *entries]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
