"""ORC files, turned into Parquet: what DuckDB reads."""

from pathlib import Path

import pyarrow
from pyarrow import orc
from pyarrow import parquet as arrow_parquet

from local_redshift.copy.columnar import UnfitFileError


def orc_as_parquet(path: Path, parquet: Path) -> Path:
    """Write what an ORC file holds as Parquet, stripe by stripe.

    Raises:
        UnfitFileError: It cannot be read.
    """
    try:
        source = orc.ORCFile(path)
        with arrow_parquet.ParquetWriter(parquet, source.schema) as target:
            for number in range(source.nstripes):
                target.write_batch(source.read_stripe(number))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UnfitFileError(f"Spectrum Scan Error: Invalid ORC file: {error}") from error
    return parquet
