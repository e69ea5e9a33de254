"""What tests ask of a draft."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from orchestration.drafts.draft import Draft

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Drafted = Callable[..., Draft]
NO_S3 = cast("S3Client", None)


def options(draft: Draft) -> dict[str, object]:
    """Without what every job has."""
    given = dict(draft.job)
    assert given.pop("name") == "job_orders"
    assert given.pop("prefix") == "orders/"
    assert given.pop("auto") is True
    return given


def columns(draft: Draft) -> dict[str, str]:
    return {each.name: each.data_type for each in draft.columns}


def notes(draft: Draft) -> list[str]:
    """Of the files and of the columns, but which files were looked at."""
    found = [note for note in draft.notes if not note.startswith("looked at")]
    return found + [f"{each.name} {note}" for each in draft.columns for note in each.notes]
