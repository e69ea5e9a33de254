"""Drafts of files with given contents."""

from pathlib import Path

import pytest
from draft_helpers import NO_S3, Drafted

from orchestration.drafts.draft import Draft, draft_feed


@pytest.fixture
def drafted(tmp_path: Path) -> Drafted:
    """Drafts the feed of files with given contents."""

    def draft(*contents: bytes) -> Draft:
        folder = tmp_path / "orders"
        folder.mkdir()
        for number, content in enumerate(contents, start=1):
            (folder / f"part-{number}").write_bytes(content)
        return draft_feed(str(folder), "shop.orders", NO_S3)

    return draft
