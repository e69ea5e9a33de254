"""How the fields of files become columns, as far as it takes more than the statement's text."""

from collections.abc import Sequence
from dataclasses import replace

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.json_paths import read_paths
from local_redshift.copy.statements import CopyOptions, Format
from local_redshift.errors import RedshiftError
from local_redshift.objects import ObjectStore


def resolved(
    options: CopyOptions, objects: ObjectStore, columns: Sequence[TargetColumn]
) -> CopyOptions:
    """The options with the JSONPaths file read, once they fit the target's columns.

    Raises:
        RedshiftError: XX000 for a JSONPaths file that is missing or bad, or as many paths or
            widths as there are not columns; 42804 for NOSHRED into other than one SUPER column.
    """
    if options.format is Format.FIXEDWIDTH and len(options.widths) != len(columns):
        raise RedshiftError(
            f"FIXEDWIDTH names {len(options.widths)} fields, but there are {len(columns)} columns "
            "in the table or column list"
        )
    if options.mapping == "noshred" and [c.duckdb_type for c in columns] != ["JSON"]:
        raise RedshiftError("JSON 'noshred' needs a single column, of type SUPER", "42804")
    if not options.mapping.startswith("s3://"):
        return options
    paths = read_paths(objects, options.mapping)
    if paths is not None and len(paths) != len(columns):
        raise RedshiftError(
            "Number of jsonpaths and the number of columns should match. JSONPath size: "
            f"{len(paths)}, Number of columns in table or column list: {len(columns)}"
        )
    return replace(options, paths=paths)
