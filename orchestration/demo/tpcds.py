"""Official TPC-DS data, generated once per scale, and cut into days."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from orchestration.errors import StepError
from orchestration.settings import PROJECT_DIR

TABLES = ("item", "customer", "customer_address", "date_dim", "store_sales")


STEP = "sample source"


def generate(scale: str, cache: Path) -> Path:
    """The folder with one Parquet file per table, generated if it is not there yet.

    The generator shows its own progress. It writes to a temporary folder that is renamed at the
    end, so that a folder that exists is whole.

    Args:
        scale: TPC-DS scale factor; 1 is about 3 million sales, 0.01 about 120 thousand.
        cache: where the folders of all scales are kept.

    Raises:
        StepError: the generator failed or is not installed.
    """
    folder = cache / f"sf{scale}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".generating-") as unfinished:
        target = Path(unfinished) / "tables"
        command = [
            str(_generator()),
            "tpcds",
            "parquet",
            f"--scale-factor={scale}",
            f"--tables={','.join(TABLES)}",
            f"--output-dir={target}",
        ]
        if subprocess.run(command, check=False).returncode != 0:
            raise StepError(STEP, "the TPC-DS generator failed", " ".join(command))
        target.rename(folder)
    return folder


def cut(tables: Path, scale: str, folder: Path, days: Sequence[date]) -> None:
    """Write the files that the source sends on ``days``, in a process of its own.

    Raises:
        StepError: the tables do not fit together.
    """
    module = "orchestration.demo.extracts"
    words = [str(tables.resolve()), scale, str(folder.resolve()), *map(str, days)]
    command = [sys.executable, "-m", module, *words]
    # The module is found in the project, wherever this process works.
    done = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StepError(
            STEP, f"TPC-DS SF{scale} cannot be cut into days", "make run", [done.stderr.strip()]
        )


def _generator() -> Path:
    beside_python = Path(sys.executable).parent / "tpcgen-cli"
    found = beside_python if beside_python.exists() else shutil.which("tpcgen-cli")
    if found is None:
        raise StepError(STEP, "tpcgen-cli is not installed", "make install")
    return Path(found)
