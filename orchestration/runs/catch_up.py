"""Catching up: which business dates a run has to do, and which were never done."""

from collections.abc import Collection
from datetime import date, timedelta

from orchestration.errors import StepError, to_type
from orchestration.settings import Settings

NAME = "catch-up"


def due_dates(
    done: Collection[date], until: date, settings: Settings, dismissed: Collection[date] = ()
) -> list[date]:
    """The dates that a run up to ``until`` has to do, in order.

    Every date since the last success that was not dismissed, so that each gets its own versions of
    the dimensions; on a warehouse without any, ``until`` alone.

    Raises:
        StepError: more dates than may be caught up without being asked.
    """
    since = max(done) + timedelta(days=1) if done else until
    days = [day for day in date_range(since, until) if day not in dismissed]
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


def date_range(start: date, end: date) -> list[date]:
    """The dates from ``start`` to ``end``, both included."""
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
