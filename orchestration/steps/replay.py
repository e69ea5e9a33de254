"""Replay: the item history once more from landing, for the items whose history is not what it says.

A snapshot sees what is newest when it runs, so an extract that comes after a later one was run is
left out. The view ``int_item_history`` tells the whole history from landing; where
``item_snapshot`` differs, the versions of these items are built beside it, and swapped in one
transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.errors import StepError
from orchestration.record import Record
from orchestration.run import Run
from orchestration.steps import dbt, prepare

NAME = "replay"

_DIFFERENCES = """
select i_item_id, cast(valid_from as varchar(10)) as valid_from, difference,
    cast(held_price as varchar(20)) as held_price, cast(told_price as varchar(20)) as told_price
from {differences}
order by 1, 2
"""
# dbt_scd_id as dbt's snapshots make it, so that the next run finds nothing to change.
_BUILD = """
create table {side} as
select
    told.i_item_id,
    told.i_current_price,
    told.i_category,
    told.i_product_name,
    told.valid_from as extract_date,
    md5(
        coalesce(cast(told.i_item_id as varchar), '')
        || '|' || coalesce(cast(cast(told.valid_from as timestamp) as varchar), '')
    ) as dbt_scd_id,
    cast(told.valid_from as timestamp) as dbt_updated_at,
    cast(told.valid_from as timestamp) as dbt_valid_from,
    cast(told.valid_to as timestamp) as dbt_valid_to
from {told} as told
where told.i_item_id in (select i_item_id from {differences})
"""
_COLUMNS = (
    "i_item_id, i_current_price, i_category, i_product_name, extract_date, dbt_scd_id, "
    "dbt_updated_at, dbt_valid_from, dbt_valid_to"
)
_PUT_IN = "insert into {snapshot} ({columns}) select {columns} from {side}"
# Items that landing knows nothing of are left as they are: there is nothing to rebuild them from.
_LOST = """
select distinct i_item_id from {differences}
where i_item_id not in (select i_item_id from {told})
order by 1
"""


@dataclass(frozen=True)
class Difference:
    """A version in which the history was not what landing tells."""

    item: str
    valid_from: str
    kind: str
    held: str
    told: str

    def __str__(self) -> str:
        return (
            f"{self.item} from {self.valid_from}: {self.kind}, price held {self.held}, "
            f"told {self.told}"
        )


def replay(run: Run, listen: dbt.Listener) -> list[Difference]:
    """Rebuild the history of the items concerned, and what depends on it.

    Returns:
        What was different before; nothing is changed when there is nothing.

    Raises:
        StepError: no date was run yet, or history holds items that landing does not know.
    """
    done = Record(run.aws.data_api, run.settings.ops_schema).done()
    if not done:
        raise StepError(NAME, "no date was run yet", "python -m orchestration run")
    latest = run.at(max(done))
    # What has landed meanwhile counts: it is taken into the batch, and the views are there.
    dbt.build(latest, "dimensions", listen)
    relations = prepare.describe(latest).relations
    found = differences(latest, relations)
    if found:
        _swap(latest, relations)
        dbt.build(latest, "dimensions", listen)
    dbt.build(latest, "facts", listen)
    return found


def differences(run: Run, relations: Mapping[str, str]) -> list[Difference]:
    """Where the history is not what landing tells, by item and start."""
    view = relations["int_item_history_differences"]
    columns = ("i_item_id", "valid_from", "difference", "held_price", "told_price")
    rows = run.aws.data_api.query(_DIFFERENCES.format(differences=view))
    return [Difference(*(str(row[column]) for column in columns)) for row in rows]


def _swap(run: Run, relations: Mapping[str, str]) -> None:
    snapshot = relations["item_snapshot"]
    names = {
        "snapshot": snapshot,
        "side": f'{snapshot[:-1]}_replay"',
        "told": relations["int_item_history"],
        "differences": relations["int_item_history_differences"],
        "columns": _COLUMNS,
    }
    data_api = run.aws.data_api
    lost = data_api.query(_LOST.format(**names))
    if lost:
        raise StepError(
            NAME,
            f"{len(lost)} item(s) in the history are not in landing",
            "load their extracts again, or delete them from the snapshot by hand",
            [str(row["i_item_id"]) for row in lost[:20]],
        )
    data_api.batch(
        [f"drop table if exists {names['side']}", _BUILD.format(**names)], name="replay-build"
    )
    run.lease.check()
    data_api.batch(
        [
            f"lock {snapshot}",
            # The side table tells which items: the view changes with the first statement.
            f"delete from {snapshot} where i_item_id in (select i_item_id from {names['side']})",
            _PUT_IN.format(**names),
            f"drop table {names['side']}",
        ],
        name="replay-swap",
    )
