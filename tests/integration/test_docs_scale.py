"""docs/scale.md: its tables are what the sums say, and its queries are what Redshift takes."""

import re
from pathlib import Path

import pytest
from conftest import LocalRedshift

from benchmarks.scale import (
    BLOCK,
    NODES,
    PAGE,
    Sample,
    Table,
    Volume,
    fullest_slice,
    measured,
    rendered,
    written,
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return measured(tmp_path_factory.mktemp("scale"))


def test_the_page_says_what_the_sums_say(sample: Sample) -> None:
    """To renew it: python -m benchmarks.scale."""
    page = PAGE.read_text()
    assert written(page, rendered(sample)) == page


def test_a_sum_by_hand(sample: Sample) -> None:
    """10 TB in lines of 100 bytes: 10^11 rows, on 64 slices."""
    even = Sample(100.0, 4.0, sample.connection)
    volume = Volume(10**13, even, Table(24, 152), Table(10, 80))
    assert (volume.rows, volume.slices, volume.days) == (10**11, 64, 1826)
    # 8 bytes a value, a third of it stored: 2.67 MB of a million rows, at least a block a slice.
    assert volume.blocks(10**6, Table(10, 80)) == 10 * 64
    assert volume.blocks(BLOCK * 3 * 100, Table(10, 80)) == 10 * 800
    # 10 TB / 1826 days / 4 = 1.37 GB: 11 files of 128 MB, so one for each slice.
    assert volume.files_a_day == 64
    # A day rewrites 4 of 1826 dates: 5 % after 22.8 days.
    assert volume.days_until_vacuum == 23
    assert list(NODES) == [10**power for power in range(10, 15)]


def test_skew_is_found(sample: Sample) -> None:
    assert fullest_slice(sample, "1", 64) == 64
    assert fullest_slice(sample, "arrival", 64) < 1.1


def test_the_warehouse_takes_the_queries(local_redshift: LocalRedshift) -> None:
    queries = re.findall(r"```sql\n(.*?)```", Path(PAGE).read_text(), re.DOTALL)
    assert len(queries) == 2
    with local_redshift.connect() as connection, connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query.strip().rstrip(";"))
