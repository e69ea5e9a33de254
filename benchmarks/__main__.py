"""Start a local Redshift on free ports, measure it, print a table, keep it in the docs.

``python -m benchmarks`` takes all measures; with names, such as ``copy_speed``, only those, and
keeps nothing. Figures are ratios against plain DuckDB on the same files and machine wherever there
is something to compare with: seconds alone say more about the machine than about the software.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from rich.console import Console

from benchmarks.building import build_of_small_models
from benchmarks.figures import Figure, keep, markdown
from benchmarks.files import files_per_second
from benchmarks.history import day_after_history
from benchmarks.latency import put_to_visible, round_trip
from benchmarks.loading import copy_speed
from benchmarks.process import memory, start_up
from benchmarks.warehouse import BUCKET, Warehouse, running_warehouse

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MEASURES: tuple[Callable[[Warehouse, Path], Figure], ...] = (
    copy_speed, build_of_small_models, round_trip, put_to_visible, files_per_second, memory,
    start_up, day_after_history,
)  # fmt: skip


def main(names: list[str]) -> None:
    console = Console()
    figures = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_warehouse(Path(folder, "state")) as warehouse,
    ):
        warehouse.client("s3").create_bucket(Bucket=BUCKET)
        for measure in MEASURES:
            if not names or measure.__name__ in names:
                with console.status(f"measuring: {measure.__doc__}"):
                    figures.append(measure(warehouse, Path(folder)))
                print(figures[-1].name, "|", figures[-1].result, flush=True)
    machine = f"{os.cpu_count()} cores ({platform.system()} {platform.machine()})"
    table = markdown(figures, f"{machine}, DuckDB {duckdb.__version__}")
    print(table)
    if not names:
        keep(PAGE, table)


if __name__ == "__main__":
    main(sys.argv[1:])
