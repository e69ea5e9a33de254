"""Official TPC-DS data, generated once per scale."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TABLES = ("item", "customer", "customer_address", "date_dim", "store_sales")


class SampleError(Exception):
    """The sample data cannot be made or does not fit what is there; says what to do."""


def generate(scale: str, cache: Path) -> Path:
    """The folder with one Parquet file per table, generated if it is not there yet.

    The generator shows its own progress. It writes to a temporary folder that is renamed at the
    end, so that a folder that exists is whole.

    Args:
        scale: TPC-DS scale factor; 1 is about 3 million sales, 0.01 about 120 thousand.
        cache: where the folders of all scales are kept.

    Raises:
        SampleError: the generator failed or is not installed.
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
            raise SampleError(f"tpcgen-cli failed; try it by hand: {' '.join(command)}")
        target.rename(folder)
    return folder


def _generator() -> Path:
    beside_python = Path(sys.executable).parent / "tpcgen-cli"
    found = beside_python if beside_python.exists() else shutil.which("tpcgen-cli")
    if found is None:
        raise SampleError("tpcgen-cli is not installed; run make install")
    return Path(found)
