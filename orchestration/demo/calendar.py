"""Which files the source system sends on which business day."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from orchestration.demo.cabs import COMPANIES, Company

DAYS = (date(2000, 10, 26), date(2000, 10, 27), date(2000, 10, 28))
SALES_FILES = 4


class Content(Enum):
    """What a file of TPC-DS data holds."""

    ALL_ITEMS = auto()
    NEW_ITEMS = auto()
    ALL_ADDRESSES = auto()
    MOVED_ADDRESSES = auto()
    CUSTOMERS = auto()
    CALENDAR = auto()
    SALES = auto()


@dataclass(frozen=True)
class File:
    """A file of a day: its S3 key, what it holds, and which part of it."""

    key: str
    content: Content | Company
    part: int = 0


def files_of(day: date, scale: str) -> list[File]:
    """The files of ``day``; the first day sends everything once, later days what changed."""
    first = day == DAYS[0]
    items = Content.ALL_ITEMS if first else Content.NEW_ITEMS
    addresses = Content.ALL_ADDRESSES if first else Content.MOVED_ADDRESSES
    files = [
        File(f"item/{day}/item_sf{scale}.csv.gz", items),
        File(f"customer_address/{day}/customer_address_sf{scale}.csv.gz", addresses),
    ]
    if first:
        files += [
            File(f"customer/{day}/customer_sf{scale}.parquet", Content.CUSTOMERS),
            File(f"date_dim/date_dim_sf{scale}.parquet", Content.CALENDAR),
        ]
    files += [
        File(f"store_sales/{day}/store_sales_sf{scale}_{part}.gz", Content.SALES, part)
        for part in range(SALES_FILES)
    ]
    files += [File(f"{each.prefix}/trips_{day}_sf{scale}.csv", each) for each in COMPANIES]
    return files
