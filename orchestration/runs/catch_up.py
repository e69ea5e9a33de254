"""Catching up: which business dates a run has to do, and which were never done."""

import contextlib
from collections.abc import Collection
from datetime import date, timedelta

from orchestration.aws.data_api import DataApi, quoted
from orchestration.errors import StepError, to_type
from orchestration.settings import Settings

NAME = "catch-up"

_DELIVERED = "select distinct object_date from {schema}.ops_object_status"


def due_dates(
    done: Collection[date],
    until: date,
    settings: Settings,
    dismissed: Collection[date] = (),
    delivered: Collection[date] | None = None,
) -> list[date]:
    """The dates that a run up to ``until`` has to do, in order.

    Every date since the last success that was not dismissed, so that each gets its own versions of
    the dimensions; on a warehouse without any, ``until`` alone.

    Args:
        delivered: the dates that have files, if no others are due.

    Raises:
        StepError: more dates than may be caught up without being asked.
    """
    since = max(done) + timedelta(days=1) if done else until
    days = [day for day in date_range(since, until) if day not in dismissed]
    if delivered is not None:
        days = [day for day in days if day in delivered]
    if len(days) > settings.catch_up_days:
        raise StepError(
            NAME,
            f"{len(days):,} business dates are due since {max(done)}, more than "
            f"ELT_CATCH_UP_DAYS ({settings.catch_up_days})",
            to_type("backfill", "--from", days[0], "--to", until),
        )
    return days


def missing_dates(
    done: Collection[date], until: date, dismissed: Collection[date] = ()
) -> list[date]:
    """The dates from the first that was done to ``until`` that were neither done nor dismissed."""
    settled = {*done, *dismissed}
    return [day for day in date_range(min(done), until) if day not in settled] if done else []


def delivered_dates(data_api: DataApi, schema: str) -> set[date]:
    """The dates that a feed has a file of, as of the last listing of the bucket.

    Args:
        schema: where ``ops_object_status`` is.

    Raises:
        StatementError: the warehouse could not tell.
    """
    found = set()
    for row in data_api.query(_DELIVERED.format(schema=quoted(schema))):
        # A key may hold no date, or what only looks like one.
        with contextlib.suppress(ValueError):
            found.add(date.fromisoformat(str(row["object_date"])))
    return found


def date_range(start: date, end: date) -> list[date]:
    """The dates from ``start`` to ``end``, both included."""
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
