"""Documents that walk through commands with their output: each command runs, each line is checked.

In a `console` block a line that begins with `$ ` is a command and what follows is its output, with
`…` for times. A block marked `csv NAME` is the content of a file, one marked `diff FILE` changes a
file of the dbt project. `ELT_WRITE_DOCS=1` writes what the commands print into the document instead
of checking it.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from dbt_helpers import Warehouse, forget_parsed
from typer.testing import CliRunner

from orchestration.cli import app

_BLOCK = re.compile(
    r"^```(?P<kind>console|csv|diff)(?: (?P<file>\S+))?\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_TIMES = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d| *\d+\.\d s")
# What dbt says of itself.
_CHATTER = re.compile(
    r"Running with dbt|Registered adapter|^Found \d+ |^Concurrency|Encountered an error|> in "
    r"|> called by|^\d+ of \d+ |Finished running|Completed successfully|Done\. PASS|^$"
)


def walk(document: Path, warehouse: Warehouse, folder: Path, settle: Callable[[], object]) -> None:
    """Run the commands of a document in order, on the files of ``folder``.

    Args:
        settle: called after each command; waits for what happens in the background.
    """
    text = document.read_text()
    written = text
    for block in reversed(list(_walked(text, warehouse, folder, settle))):
        start, end, said = block
        written = written[:start] + said + written[end:]
    if os.environ.get("ELT_WRITE_DOCS"):
        document.write_text(written)
    else:
        assert written == text


def _walked(
    text: str, warehouse: Warehouse, folder: Path, settle: Callable[[], object]
) -> list[tuple[int, int, str]]:
    """Where the body of each console block stands, and what it should be."""
    bodies: list[tuple[int, int, str]] = []
    for block in _BLOCK.finditer(text):
        if block["kind"] == "csv":
            (folder / block["file"]).write_text(block["body"])
            continue
        if block["kind"] == "diff":
            change_file(warehouse.project / block["file"], block["body"])
            forget_parsed(warehouse.project)
            continue
        said = ""
        for line in re.findall(r"^\$ (.*)$", block["body"], re.MULTILINE):
            said += f"$ {line}\n{_run(line, warehouse, folder)}"
            settle()
        bodies.append((*block.span("body"), said))
    return bodies


def change_file(file: Path, change: str) -> None:
    """Apply a change in the form of a diff: lines that begin with `-`, `+` or a blank."""
    lines = change.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = file.read_text()
    assert text.count(before) == 1, f"{text.count(before)} places in {file} are as in\n{change}"
    file.write_text(text.replace(before, after))


def _run(line: str, warehouse: Warehouse, folder: Path) -> str:
    """What a command prints; dbt and the project's own run in this process, their start is slow."""
    program, *words = shlex.split(line)
    name = Path(program).name
    if name == "dbt":
        warehouse.dbt(*words)
        said = warehouse.said
    elif (name, words[:2]) == ("python", ["-m", "orchestration"]):
        said = CliRunner().invoke(app, words[2:]).output
    else:
        own = Path(sys.executable).with_name(name)
        said = subprocess.run(
            [str(own) if own.exists() else name, *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
        ).stdout
    lines = _TIMES.sub(" …", said).splitlines()
    return "".join(f"{each.rstrip()}\n" for each in lines if not _CHATTER.search(each.rstrip()))
