"""The server process: how soon it answers, and what it holds when the work is done."""

import statistics
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.timing import seconds
from benchmarks.warehouse import Warehouse, new_warehouse

_STARTS = 3
_SECONDS = 2
_MEGABYTES = 300
_IDLE = 5  # seconds


def memory(warehouse: Warehouse, _folder: Path) -> Figure:
    """the server's memory after all the above"""
    time.sleep(_IDLE)
    megabytes = warehouse.resident_megabytes()
    return Figure(
        "memory of the server, idle after all of the above",
        f"{megabytes:.0f} MB resident",
        f"under {_MEGABYTES} MB",
        megabytes < _MEGABYTES,
    )


def start_up(warehouse: Warehouse, folder: Path) -> Figure:
    """from starting the server to its first answer"""
    warehouse.down()
    used = statistics.median(_start(warehouse) for _ in range(_STARTS))
    warehouse.up()
    new = statistics.median(_start(new_warehouse(folder / f"new{n}")) for n in range(_STARTS))
    return Figure(
        "start-up: from the command to the first answer",
        f"{used:.2f} s on the state of all the above, {new:.2f} s on a new one",
        f"under {_SECONDS} s",
        max(used, new) < _SECONDS,
    )


def _start(warehouse: Warehouse) -> float:
    """Start a server, ask it something, and stop it."""

    def answer() -> None:
        warehouse.up()
        with warehouse.connect() as connection:
            connection.cursor().execute("select 1")

    try:
        return seconds(answer)
    finally:
        warehouse.down()
