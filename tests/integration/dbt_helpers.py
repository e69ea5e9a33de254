"""The dbt project against a local Redshift of its own, fed through S3 as in production."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from conftest import REPOSITORY, LocalRedshift
from dbt_commands import DbtCommands
from processes import AT_END

from orchestration.aws.integration import create_integration

BUCKET = "retail-landing"
NAMESPACE = (
    "arn:aws:redshift-serverless:us-east-1:123456789012:namespace/"
    "00000000-0000-0000-0000-000000000000"
)
FIRST_DAY = date(2000, 10, 20)
FIRST_DAY_SK = 2451838

WITHOUT_TESTS = ("--resource-type", "model", "--resource-type", "snapshot")
# What says how the warehouse is doing takes as long to build as what it is for.
WITHOUT_OPS = (*WITHOUT_TESTS, "--exclude", "path:models/ops")
# Once everything is there: the models that another day or another file makes different.
DAILY = (
    *WITHOUT_TESTS,
    *("--select", "+fct_store_sales"),
    *("--exclude", "int_store_sales_keyed", "dim_date", "path:models/staging"),
)
SALE_COLUMNS = (
    "ss_sold_date_sk",
    "ss_item_sk",
    "ss_customer_sk",
    "ss_addr_sk",
    "ss_ticket_number",
    "ss_quantity",
    "ss_net_paid",
)
# The 21 columns of the cab companies' files.
CAB_HEADER = (
    "vendorid,pickup_datetime,dropoff_datetime,store_and_fwd_flag,ratecode,pickup_longitude,"
    "pickup_latitude,dropoff_longitude,dropoff_latitude,passenger_count,trip_distance,fare_amount,"
    "extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,total_amount,"
    "payment_type,trip_type\n"
)
# Where these are among the 23 columns of the file.
_SALE_POSITIONS = (0, 2, 3, 6, 9, 10, 20)


COMMANDS = DbtCommands()
AT_END.append(COMMANDS.end)


def forget_parsed(project: Path) -> None:
    """Have a project that was changed on disk parsed again."""
    COMMANDS.forget_parsed(project)


def date_sk(day: str) -> int:
    """The source's key of a day, as in TPC-DS."""
    return FIRST_DAY_SK + (date.fromisoformat(day) - FIRST_DAY).days


@dataclass
class Warehouse:
    """One server, the project's dbt and the source system's end of the bucket."""

    server: LocalRedshift
    target: Path
    project: Path = REPOSITORY
    messages: list[str] = field(default_factory=list)
    _files: int = 0

    def create_bucket(self) -> None:
        s3 = self.server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        create_integration(
            s3,
            self.server.client("redshift"),
            bucket=BUCKET,
            namespace_arn=NAMESPACE,
            name="retail-landing",
        )

    def dbt(
        self,
        *words: str,
        run_date: str | None = None,
        variables: dict[str, Any] | None = None,
        target: str = "local",
    ) -> bool:
        """Run a dbt command; what it says is in ``messages``."""
        options = ["--quiet", "--project-dir", str(self.project), "--target-path", str(self.target)]
        options += ["--profiles-dir", str(self.project), "--log-path", str(self.target)]
        variables = {"run_date": run_date or "", **(variables or {})}
        given = ["--vars", json.dumps(variables)]
        said = COMMANDS.run(self.project, target, words, options, given)
        self.messages[:] = said.messages
        return said.success

    def operate(self, operation: str, *, variables: Any = None, **arguments: Any) -> bool:
        """``dbt run-operation``; what it prints and says is in ``messages``."""
        words = ["run-operation", operation, "--args", json.dumps(arguments)]
        return self.dbt(*words, variables=variables)

    def printed(self) -> Any:
        """The JSON document that the last operation printed."""
        return json.loads(next(text for text in self.messages if text.startswith(("[", "{"))))

    def build(self, run_date: str, *words: str) -> None:
        """``DAILY`` models as of a day, unless ``words`` say otherwise."""
        words = words or DAILY
        assert self.dbt("build", *words, run_date=run_date), self.said

    @property
    def said(self) -> str:
        return "\n".join(self.messages)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection, connection.cursor() as cursor:
            # PG_TABLE_DEF shows the tables of the search path only.
            cursor.execute("set search_path to landing, public")
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def execute(self, sql: str) -> None:
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql)

    def put(self, key: str, body: bytes) -> str:
        self.server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return key

    def put_sales(self, day: str, *sales: Sequence[object]) -> str:
        """A file of ``SALE_COLUMNS``; the rest of the 23 columns is empty."""
        lines = []
        for sale in sales:
            fields = [""] * 23
            for position, value in zip(_SALE_POSITIONS, sale, strict=True):
                fields[position] = "" if value is None else str(value)
            lines.append("|".join(fields) + "|\n")
        return self.put(self._key("store_sales", day, "gz"), gzip.compress("".join(lines).encode()))

    def put_items(self, day: str, *items: Sequence[object]) -> str:
        """i_item_sk, i_item_id, i_rec_start_date, i_current_price, i_category."""
        header = (
            "i_item_sk,i_item_id,i_rec_start_date,i_rec_end_date,i_current_price,"
            "i_category,i_product_name,extract_date"
        )
        lines = (
            (sk, item, start, None, price, category, f"name of {item}", day)
            for sk, item, start, price, category in items
        )
        return self._put_csv("item", day, header, lines)

    def put_addresses(self, day: str, *addresses: Sequence[object]) -> str:
        """ca_address_sk, ca_address_id, ca_state."""
        header = "ca_address_sk,ca_address_id,ca_state,ca_zip,ca_country,extract_date"
        lines = ((sk, address, state, "1", "US", day) for sk, address, state in addresses)
        return self._put_csv("customer_address", day, header, lines)

    def put_customers(self, day: str, *customers: Sequence[object]) -> str:
        """c_customer_sk, c_customer_id, c_current_addr_sk."""
        rows = ", ".join(
            f"({sk}, '{customer}', {address}, 'First', 'Last', date '{day}')"
            for sk, customer, address in customers
        )
        columns = (
            "c_customer_sk, c_customer_id, c_current_addr_sk, c_first_name, c_last_name, "
            "extract_date"
        )
        return self._put_parquet(self._key("customer", day, "parquet"), rows, columns)

    def put_dates(self) -> str:
        rows = ", ".join(
            f"({FIRST_DAY_SK + n}, 'DAY{n}', date '{FIRST_DAY + timedelta(n)}', 'Day')"
            for n in range(12)
        )
        key = "date_dim/dates.parquet"
        return self._put_parquet(key, rows, "d_date_sk, d_date_id, d_date, d_day_name")

    def is_loaded(self, *keys: str) -> bool:
        found = self.rows("select trim(file_name) from sys_copy_job_detail where status = 'I'")
        return {row[0] for row in found}.issuperset(keys)

    def _key(self, feed: str, day: str, suffix: str) -> str:
        self._files += 1
        return f"{feed}/{day}/part-{self._files}.{suffix}"

    def _put_csv(self, feed: str, day: str, header: str, lines: Iterable[Sequence[object]]) -> str:
        text = [header]
        text += [",".join("" if value is None else str(value) for value in line) for line in lines]
        body = gzip.compress(("\n".join(text) + "\n").encode())
        return self.put(self._key(feed, day, "csv.gz"), body)

    def _put_parquet(self, key: str, rows: str, columns: str) -> str:
        file = self.target / "upload.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(f"select * from (values {rows}) as t({columns})").write_parquet(str(file))
        return self.put(key, file.read_bytes())
