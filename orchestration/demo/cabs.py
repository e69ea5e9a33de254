"""Two cab companies' trips of a day: made up, the same on every machine."""

import csv
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

TRIPS = 250
_COLUMNS = (
    "vendorid",
    "pickup_datetime",
    "dropoff_datetime",
    "store_and_fwd_flag",
    "ratecode",
    "pickup_longitude",
    "pickup_latitude",
    "dropoff_longitude",
    "dropoff_latitude",
    "passenger_count",
    "trip_distance",
    "fare_amount",
    "extra",
    "mta_tax",
    "tip_amount",
    "tolls_amount",
    "ehail_fee",
    "improvement_surcharge",
    "total_amount",
    "payment_type",
    "trip_type",
)


@dataclass(frozen=True)
class Company:
    """A cab company, the prefix under which its files arrive, and its vendor id."""

    prefix: str
    vendor: str


COMPANIES = (Company("Customer_1", "1"), Company("Customer_2", "2"))


def write_trips(path: Path, company: Company, day: date) -> None:
    """Write a CSV file with header; the last line is blank, as such files often end."""
    draw = random.Random(f"{company.vendor} {day}")  # noqa: S311 - sample data, not a secret
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_trip(draw, company, day) for _ in range(TRIPS))
        file.write("\n")


def _trip(draw: random.Random, company: Company, day: date) -> list[object]:
    pickup = datetime.combine(day, time()) + timedelta(seconds=draw.randrange(86_400))
    minutes = draw.randrange(3, 60)
    fare, tip = 250 + 50 * minutes, draw.randrange(0, 1000, 25)
    extra, tax, tolls, surcharge = draw.choice((0, 50, 100)), 50, draw.choice((0, 0, 576)), 30
    charged = [fare, extra, tax, tip, tolls, surcharge]
    return [
        company.vendor,
        pickup.isoformat(sep=" "),
        (pickup + timedelta(minutes=minutes)).isoformat(sep=" "),
        draw.choice("NNNY"),
        1,
        *(round(draw.uniform(low, low + 0.2), 6) for low in (-74.05, 40.6, -74.05, 40.6)),
        draw.randrange(1, 6),
        round(minutes * draw.uniform(0.1, 0.4), 2),
        *map(_dollars, charged[:-1]),
        "",
        *map(_dollars, (surcharge, sum(charged))),
        draw.choice("12"),
        draw.choice("12"),
    ]


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
