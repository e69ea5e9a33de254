"""The commands that the documentation shows."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# Run by other tests or by CI itself, or in need of an account.
PROVEN_ELSEWHERE = {"make", "cp"}


def commands(*documents: str) -> list[object]:
    """Each command of the documents' `sh` blocks once, as words; `.venv/bin` is this environment's.

    Blocks marked `sh` are for everyone and run here; commands for one's own account stand in
    blocks marked `console`.
    """
    found: list[object] = []
    texts = [(REPOSITORY / document).read_text() for document in documents]
    for line in dict.fromkeys(line for text in texts for line in _shell_lines(text)):
        words = shlex.split(line, comments=True)
        words = [word for word in words if not _is_assignment(word)]
        if not words or words[0] in PROVEN_ELSEWHERE:
            continue
        program = words[0]
        if program.startswith(".venv/bin/"):
            program = str(Path(sys.executable).with_name(Path(program).name))
        missing = shutil.which(program) is None
        marks = [pytest.mark.skipif(missing, reason=f"{program} is not installed here")]
        found.append(pytest.param([program, *words[1:]], marks=marks))
    return found


def _shell_lines(text: str) -> list[str]:
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = line == "```sh"
        elif inside:
            lines.append(line)
    return lines


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier() and name.isupper()
