"""Which parameters of COPY exclude each other.

Source: "Data format parameters", "COPY from columnar data formats" and "Data load operations" in
the Amazon Redshift documentation.
"""

from collections.abc import Sequence

from local_redshift.copy.statements import CopyOptions, Format
from local_redshift.errors import RedshiftError

_NOT_IN_JOBS = ("MAXERROR", "IGNOREALLERRORS", "MANIFEST")
_COMPRESSIONS = frozenset({"GZIP", "BZIP2", "LZOP", "ZSTD"})
_TEXT_ONLY = frozenset(
    {"DELIMITER", "ESCAPE", "FILLRECORD", "IGNOREBLANKLINES", "NULL", "REMOVEQUOTES"}
)
_FORBIDS = {
    Format.CSV: frozenset({"ESCAPE", "REMOVEQUOTES"}),
    Format.FIXEDWIDTH: frozenset({"DELIMITER", "ESCAPE", "REMOVEQUOTES"}),
    Format.JSON: _TEXT_ONLY,
    # An Avro file says itself what compresses it.
    Format.AVRO: _TEXT_ONLY | _COMPRESSIONS | {"ENCODING", "IGNOREHEADER"},
}
_COLUMNAR_ALLOWS = frozenset(
    {"PARQUET", "ORC", "ACCEPTINVCHARS", "EXPLICIT_IDS", "FILLRECORD", "MANIFEST", "STATUPDATE"}
)


def check_compatible(named: Sequence[str], options: CopyOptions, *, in_job: bool) -> None:
    """Refuse parameters that cannot stand together.

    Args:
        named: The parameters of the statement, in its order.

    Raises:
        RedshiftError: 42601 or 0A000, naming the parameter.
    """
    for name in named:
        if in_job and name in _NOT_IN_JOBS:
            raise RedshiftError(f"{name} is not supported in a COPY JOB", "0A000")
    if {"MAXERROR", "IGNOREALLERRORS"} <= set(named):
        raise RedshiftError("IGNOREALLERRORS cannot be used with MAXERROR", "42601")
    if "QUOTE" in named and options.format is not Format.CSV:
        raise RedshiftError("QUOTE can only be used with CSV", "42601")
    kind = options.format
    forbidden = _FORBIDS.get(kind, frozenset())
    for name in named:
        if kind.columnar and name not in _COLUMNAR_ALLOWS:
            raise RedshiftError(
                f"{name} argument is not supported for {kind.name} based COPY", "0A000"
            )
        if name in forbidden:
            raise RedshiftError(f"{name} is not compatible with {kind.name}", "42601")
    if kind is Format.FIXEDWIDTH and options.encoding != "utf8":
        raise RedshiftError("FIXEDWIDTH files are UTF-8: ENCODING cannot be another", "42601")
