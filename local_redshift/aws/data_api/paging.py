"""NextToken: where the next page of a listing or a result begins."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from local_redshift.aws.data_api.target import invalid

T = TypeVar("T")


def token_of(position: int | None) -> str | None:
    """The token that leads to a position; None where there is nothing more."""
    return None if position is None else base64.b64encode(str(position).encode()).decode()


def position_of(request: Mapping[str, Any]) -> int | None:
    """The position that a request's NextToken leads to; None for the first page.

    Raises:
        AwsError: ValidationException for a token that no reply has given.
    """
    token = request.get("NextToken")
    if not token:
        return None
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise invalid("NextToken is not one that an earlier reply gave.") from None


def page_of(
    items: Sequence[T], request: Mapping[str, Any], most: int
) -> tuple[Sequence[T], str | None]:
    """One page of a listing and the next one's token.

    Args:
        request: May have NextToken and MaxResults; 0 stands for the most there may be.
    """
    start = position_of(request) or 0
    end = start + (request.get("MaxResults") or most)
    return items[start:end], token_of(end if end < len(items) else None)
