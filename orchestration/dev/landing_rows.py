"""The rows of an analyst's landing tables: copied from those of scheduled runs."""

from dataclasses import dataclass

from orchestration.aws.data_api import DataApi, quoted

_OWNERS_LANDING = "landing"
_COLUMNS = """
select trim(table_schema) as table_schema, trim(table_name) as table_name,
    trim(column_name) as column_name
from svv_columns
where table_schema in (:owners, :copys)
order by ordinal_position
"""


@dataclass(frozen=True)
class CopiedTable:
    """A landing table of the copy: ``rows`` of the ``available`` ones of the owner's."""

    table: str
    rows: int
    available: int

    def __str__(self) -> str:
        return f"{self.table}: {self.rows:,} of {self.available:,} rows"


def copy_rows(
    data_api: DataApi, name: str, tables: list[str], share: float
) -> tuple[CopiedTable, ...]:
    """Copy the owner's rows, load times included, by which the models know the loads."""
    copys = f"{name}_{_OWNERS_LANDING}"
    rows = data_api.query(_COLUMNS, {"owners": _OWNERS_LANDING, "copys": copys})
    found = [tuple(str(row[key]) for key in ("table_schema", "table_name")) for row in rows]
    columns: dict[tuple[str, ...], list[str]] = {}
    for place, row in zip(found, rows, strict=True):
        columns.setdefault(place, []).append(str(row["column_name"]))
    copied = []
    for table in tables:
        # A column or table that only one of the two declares is the analyst's change.
        owners = set(columns.get((_OWNERS_LANDING, table), []))
        both = [column for column in columns.get((copys, table), []) if column in owners]
        copied.append(
            _copy_table(data_api, copys, table, both, share) if both else CopiedTable(table, 0, 0)
        )
    return tuple(copied)


def _copy_table(
    data_api: DataApi, copys: str, table: str, columns: list[str], share: float
) -> CopiedTable:
    names = ", ".join(map(quoted, columns))
    target, source = f"{quoted(copys)}.{quoted(table)}", f"{_OWNERS_LANDING}.{quoted(table)}"
    drawn = "" if share == 1 else f" where random() < {share}"
    _, inserted, counted = data_api.batch(
        [
            f"delete from {target}",
            f"insert into {target} ({names}) select {names} from {source}{drawn}",
            f"select count(*) as available from {source}",
        ],
        name="dev",
    )
    return CopiedTable(table, inserted.affected, int(str(counted.rows[0]["available"])))
