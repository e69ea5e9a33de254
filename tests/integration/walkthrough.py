"""Documents that walk through commands with their output: each command runs, each line is checked.

In a `console` block a line that begins with `$ ` is a command and what follows is its output, with
`…` for times and without what dbt says of its progress. A block marked `csv NAME` is the content of
a file. A block after a line such as "In `FILE`:" or "New file `FILE`:" changes a file of the dbt
project when it is a `diff`, of which lines `@@` divide the places, and is the file otherwise.
`WRITE_DOCS=1` writes what the commands print into the document instead of checking it.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from dbt_helpers import Warehouse, forget_parsed
from typer.testing import CliRunner

from orchestration.cli import app

QUIET_SECONDS = 0.5
_FILES = """
select files.job_name, files.file_name, files.status, jobs.is_auto
from sys_copy_job_detail as files
inner join sys_copy_job as jobs on files.job_id = jobs.job_id
"""
_BLOCK = re.compile(
    r"(?:^(?P<does>In|New file) `(?P<edited>[^`]+)`[^`]*:\n\n)?"
    r"^```(?P<kind>console|csv|diff|sql|yaml)(?: (?P<file>\S+))?\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# Commands that change nothing, so that no job loads because of them.
_READS = re.compile(
    r"gzip |\S+/dbt show |\S+/python -m orchestration (jobs (plan|show)|files (list|reconcile))\b"
)
_TIMES = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d| *\d+\.\d s")
# What dbt says of itself and of what goes well. What does not, it says once more at the end.
_CHATTER = re.compile(
    r"Running with dbt|Registered adapter|^Found \d+ |^Concurrency|Encountered an error|> in "
    r"|> called by|^\d+ of \d+ |Finished running|Completed successfully|Done\. PASS|^$"
)
_COLORS = re.compile(r"\x1b\[\d*m")


@dataclass(frozen=True)
class Edit:
    """What a document has its reader write into a file of the dbt project."""

    file: str
    is_new: bool
    text: str

    def apply(self, project: Path) -> None:
        """Write it into a project, which is parsed again then."""
        if self.is_new:
            assert not (project / self.file).exists(), f"{self.file} is there already"
            (project / self.file).write_text(self.text)
        else:
            for place in re.split(r"^@@\n", self.text, flags=re.MULTILINE):
                change_file(project / self.file, place)
        forget_parsed(project)


def edits(text: str) -> list[Edit]:
    """The edits of a document, or of a part of it."""
    return [edit for block in _BLOCK.finditer(text) if (edit := _edit(block))]


def _edit(block: re.Match[str]) -> Edit | None:
    if block["edited"] is None:
        return None
    return Edit(block["edited"], block["does"] == "New file", block["body"])


def walk(document: Path, warehouse: Warehouse, folder: Path) -> None:
    """Run the commands of a document in order, on the files of ``folder``."""
    walk_part(document, document.read_text(), warehouse, folder)


def walk_part(document: Path, part: str, warehouse: Warehouse, folder: Path) -> None:
    """Run the commands of a part of a document, as ``walk`` does."""
    written = part
    for block in reversed(list(_walked(part, warehouse, folder))):
        start, end, said = block
        written = written[:start] + said + written[end:]
    if os.environ.get("WRITE_DOCS"):
        document.write_text(document.read_text().replace(part, written))
    else:
        assert written == part


def _walked(text: str, warehouse: Warehouse, folder: Path) -> list[tuple[int, int, str]]:
    """Where the body of each console block stands, and what it should be."""
    bodies: list[tuple[int, int, str]] = []
    for block in _BLOCK.finditer(text):
        if edit := _edit(block):
            edit.apply(warehouse.project)
        elif block["kind"] == "csv":
            (folder / block["file"]).write_text(block["body"])
        elif block["kind"] == "console":
            said = ""
            for line in re.findall(r"^\$ (.*)$", block["body"], re.MULTILINE):
                said += f"$ {line}\n{_run(line, warehouse, folder)}"
                if not _READS.match(line):
                    settle(warehouse)
            bodies.append((*block.span("body"), said))
    return bodies


def settle(warehouse: Warehouse) -> None:
    """Wait until the jobs that load by themselves have had nothing in hand for half a second."""
    seen, since = None, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        files = sorted(warehouse.rows(_FILES))
        if files != seen or any(each[2:] == ("P", 1) for each in files):
            seen, since = files, time.monotonic()
        time.sleep(0.05)


def change_file(file: Path, change: str) -> None:
    """Apply a change in the form of a diff: lines that begin with `-`, `+` or a blank."""
    lines = [" \n" if line == "\n" else line for line in change.splitlines(keepends=True)]
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
    lines = _TIMES.sub(" …", _COLORS.sub("", said)).splitlines()
    return "".join(f"{each.rstrip()}\n" for each in lines if not _CHATTER.search(each.rstrip()))
