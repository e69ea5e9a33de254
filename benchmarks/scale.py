"""The sums of docs/scale.md: what the design costs at 10 TB of sales and 100 feeds.

``python -m benchmarks.scale`` writes them into the page. Sizes per row, and how rows spread over
slices and blocks, are measured on TPC-DS data; limits are those of the Redshift documentation.
"""

import gzip
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
SAMPLE_SCALE = "0.1"

# Amazon Redshift documentation: "Amazon Redshift clusters" (slices of a node type), "Quotas and
# limits" (jobs, integrations), "Columnar storage" (block), table sizes (three hidden columns).
SLICES_PER_NODE = 4  # ra3.4xlarge
JOBS_PER_WAREHOUSE = 200
INTEGRATIONS_PER_WAREHOUSE = 50
BLOCK = 2**20
HIDDEN_COLUMNS = 3

# Choices, to be replaced by one's own.
YEARS = 5
FEEDS = 100
FEED_COLUMNS = 20
FILE_MEGABYTES = 128  # of gzip, within the 1 MB to 1 GB that the documentation advises
ENCODING = 3  # encoded columns take a third of their width
LATE_DATES = 3  # dates that a day's late and corrected sales touch, besides its own
UNSORTED_LIMIT = 0.05  # VACUUM's own threshold: 95 % sorted

WIDTHS = {"int4": 4, "int8": 8, "integer": 4, "bigint": 8, "date": 4, "timestamp": 8, "numeric": 8}
NODES = {10**10: 2, 10**11: 2, 10**12: 4, 10**13: 16, 10**14: 64}
NAMES = {10**10: "10 GB", 10**11: "100 GB", 10**12: "1 TB", 10**13: "10 TB", 10**14: "100 TB"}


@dataclass(frozen=True)
class Sample:
    """What TPC-DS ``store_sales`` is like: bytes of a line, and how well gzip does on it."""

    line_bytes: float
    gzip_ratio: float
    connection: duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Table:
    """Columns of a table, and the bytes of a row before encoding."""

    columns: int
    width: int


@dataclass(frozen=True)
class Volume:
    """So many bytes of sales, as the source writes them, of ``YEARS`` years.

    Blocks are counted per column and slice: a column has at least one on each slice.
    """

    size: int
    sample: Sample
    landing: Table
    fact: Table

    @property
    def rows(self) -> float:
        return self.size / self.sample.line_bytes

    @property
    def days(self) -> int:
        return round(YEARS * 365.25)

    @property
    def rows_a_day(self) -> float:
        return self.rows / self.days

    @property
    def slices(self) -> int:
        return NODES[self.size] * SLICES_PER_NODE

    @property
    def gzip_a_day(self) -> float:
        return self.size / self.days / self.sample.gzip_ratio

    @property
    def files_a_day(self) -> int:
        """A multiple of the slices, so that all of them work; small days are one file a slice."""
        files = math.ceil(self.gzip_a_day / (FILE_MEGABYTES * 10**6))
        return math.ceil(files / self.slices) * self.slices

    def blocks(self, rows: float, table: Table) -> int:
        """Blocks that so many neighbouring rows of a table take."""
        of_a_column = rows * table.width / table.columns / ENCODING / BLOCK
        return table.columns * max(self.slices, math.ceil(of_a_column))

    @property
    def batch(self) -> int:
        """Blocks of the day's landing rows: loads are neighbours, the zone map finds them."""
        return self.blocks(self.rows_a_day, self.landing)

    @property
    def replaced(self) -> int:
        """Blocks of the fact's dates that a day touches, sorted by date."""
        return self.blocks((1 + LATE_DATES) * self.rows_a_day, self.fact)

    @property
    def whole_fact(self) -> int:
        """Blocks of the same without a sort key, when every block may hold the date."""
        return self.blocks(self.rows, self.fact)

    @property
    def small_feeds(self) -> int:
        """Megabytes that ``FEEDS`` tables take at least, sorted and unsorted regions apart."""
        return FEEDS * (FEED_COLUMNS + HIDDEN_COLUMNS) * self.slices * 2 * BLOCK // 2**20

    @property
    def days_until_vacuum(self) -> int:
        """Days until the rewritten dates are more than VACUUM lets stand."""
        return math.ceil(UNSORTED_LIMIT * self.days / (1 + LATE_DATES))


def volumes(sample: Sample) -> list[Volume]:
    """Every power of ten, with the tables as the project declares them."""
    (landing,) = _declared("models/landing/_landing__sources.yml", "store_sales")
    (fact,) = _declared("models/marts/retail/_retail__models.yml", "fct_store_sales")
    with_load_time = Table(landing.columns + 1, landing.width + WIDTHS["timestamp"])
    return [Volume(size, sample, with_load_time, fact) for size in NODES]


def _declared(file: str, name: str) -> list[Table]:
    document = yaml.safe_load((PAGE.parents[1] / file).read_text())
    sources = document.get("sources", [])
    tables = [table for source in sources for table in source["tables"]] + document.get(
        "models", []
    )
    return [
        Table(len(each["columns"]), sum(map(_width, each["columns"])))
        for each in tables
        if each["name"] == name
    ]


def _width(column: dict[str, str]) -> int:
    return WIDTHS[column["data_type"].partition("(")[0]]


def measured(folder: Path) -> Sample:
    """The sample, generated below ``folder``."""
    generator = Path(sys.executable).with_name("tpcgen-cli")
    words = ["tpcds", "dat", "-s", SAMPLE_SCALE, "--tables", "store_sales"]
    subprocess.run(
        [str(generator), *words, "--output-dir", str(folder)], check=True, capture_output=True
    )
    (file,) = folder.rglob("*.dat")
    text = file.read_bytes()
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    connection.execute(
        "create table sales as select column00 as ss_sold_date_sk, column02 as ss_item_sk, "
        "column03 as ss_customer_sk, column07 as ss_store_sk, column09 as ss_ticket_number, "
        f"row_number() over () as arrival from read_csv('{file}', delim='|', header=false)"
    )
    return Sample(
        len(text) / text.count(b"\n"), len(text) / len(gzip.compress(text, 6)), connection
    )


def fullest_slice(sample: Sample, column: str, slices: int) -> float:
    """Rows of the fullest slice as a multiple of the average, distributed by ``column``."""
    (found,) = sample.connection.execute(
        "select max(n) * ? / sum(n) from ("
        f"select hash({column}) % ? as slice, count(*) as n from sales group by 1)",
        [slices, slices],
    ).fetchall()
    return float(found[0])


def blocks_of_a_date(sample: Sample, order: str, blocks: int) -> float:
    """The average share of ``blocks`` blocks that a zone map on the date leaves to be read.

    Args:
        order: what the rows are sorted by.
    """
    (found,) = sample.connection.execute(
        f"""
        with placed as (
            select ss_sold_date_sk as day, ntile({blocks}) over (order by {order}) as block
            from sales where ss_sold_date_sk is not null
        ),
        zones as (select block, min(day) as low, max(day) as high from placed group by block),
        days as (select distinct day from placed)
        select count(*) / (select count(*) from days) / {blocks}
        from days join zones on day between low and high
        """
    ).fetchall()
    return float(found[0])


def rendered(sample: Sample) -> dict[str, str]:
    """The page's generated parts, by name."""
    known = volumes(sample)
    at_ten = next(each for each in known if each.size == 10**13)
    return {
        "volumes": _volumes(known),
        "spread": _spread(sample, at_ten.slices),
        "zones": _zones(sample),
        "jobs": _jobs(),
        "day": _day(at_ten),
    }


def _volumes(known: Sequence[Volume]) -> str:
    head = ["sales", "rows", "rows a day", "gzip a day", "files a day", "nodes / slices"]
    rows = [
        [
            NAMES[each.size], f"{each.rows / 10**9:,.2f} bn", f"{each.rows_a_day / 10**6:,.2f} m",
            f"{_rough(each.gzip_a_day / 10**6)} MB", f"{each.files_a_day}",
            f"{NODES[each.size]} / {each.slices}",
        ]
        for each in known
    ]  # fmt: skip
    return _table(head, rows)


def _spread(sample: Sample, slices: int) -> str:
    columns = ["ss_item_sk", "ss_customer_sk", "ss_ticket_number", "ss_store_sk", "ss_sold_date_sk"]
    rows = [
        [f"`{name}`", f"{fullest_slice(sample, f'coalesce({name}, -1)', slices):.2f} x"]
        for name in columns
    ]
    return _table(["distributed by", f"fullest of {slices} slices, against the average"], rows)


def _zones(sample: Sample) -> str:
    orders = {
        "date": "ss_sold_date_sk",
        "date after item": "ss_item_sk, ss_sold_date_sk",
        "nothing (order of arrival by ticket)": "hash(ss_ticket_number)",
    }
    rows = [
        [name, f"{blocks_of_a_date(sample, order, 1000):.1%}"] for name, order in orders.items()
    ]
    return _table(["sorted by", "blocks that one date leaves to be read, of 1,000"], rows)


def _jobs() -> str:
    rows = []
    for feeds in (10, FEEDS, 200, 1000):
        copies = JOBS_PER_WAREHOUSE // feeds
        warehouses = math.ceil(feeds / JOBS_PER_WAREHOUSE)
        analysts = f"{copies - 1}" if copies else "none"
        rows.append([f"{feeds}", f"{feeds}", f"{warehouses}", analysts])
    head = ["feeds", "jobs of production", "warehouses at least", "whole copies of analysts beside"]
    return _table(head, rows)


def _day(volume: Volume) -> str:
    rows = [
        ["landing rows of the day (24 columns)", f"{volume.batch:,}"],
        [f"fact rows of {1 + LATE_DATES} dates, sorted by date", f"{volume.replaced:,}"],
        ["the same without a sort key", f"{volume.whole_fact:,}"],
        [f"{FEEDS} small feeds, the least they take", f"{volume.small_feeds:,}"],
        ["days until VACUUM has something to sort", f"{volume.days_until_vacuum}"],
    ]
    return _table(["at 10 TB", "blocks of 1 MB (or days)"], rows)


def _rough(number: float) -> str:
    """Two digits that count: compression differs a little between versions of zlib."""
    return f"{float(f'{number:.2g}'):,g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(page: str, parts: dict[str, str]) -> str:
    """The page with its generated parts renewed."""
    for name, text in parts.items():
        begin, end = f"<!-- {name}: python -m benchmarks.scale -->", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return page


def main() -> None:
    """Renew the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(written(PAGE.read_text(), rendered(measured(Path(folder)))))


if __name__ == "__main__":
    main()
