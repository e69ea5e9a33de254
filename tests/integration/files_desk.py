"""An operator at work: puts files, lists the bucket, runs operations, reads the outcome."""

import json
from dataclasses import dataclass
from typing import Any

from click.testing import Result
from dbt_helpers import BUCKET, CAB_HEADER, Warehouse
from typer.testing import CliRunner

from orchestration.cli import app

JOB = "job_green_cab"
_LINE = "{vendor},2000-10-26 10:00:00,2000-10-26 10:05:00," + "," * 6 + "{passengers}" + "," * 11


@dataclass
class Desk:
    """Works at one job of the cab example, two jobs on one table."""

    warehouse: Warehouse

    def put(self, name: str, *vendors: str, passengers: str = "1") -> str:
        """A file of trips under the prefix of ``JOB``; returns its url."""
        lines = [CAB_HEADER.strip()]
        lines += [_LINE.format(vendor=vendor, passengers=passengers) for vendor in vendors]
        self.warehouse.put(f"Customer_1/{name}", ("\n".join(lines) + "\n").encode())
        return f"s3://{BUCKET}/Customer_1/{name}"

    def build_views(self) -> None:
        """What operations on files read."""
        words = ("build", "--selector", "object_status")
        assert self.warehouse.dbt(*words), self.warehouse.said

    def list_bucket(self, seconds_ago: int = 0) -> None:
        """Replace the inventory by what is in the bucket. Objects seem that many seconds older."""
        found = self.warehouse.server.client("s3").list_objects_v2(Bucket=BUCKET)
        values = ", ".join(
            f"('{BUCKET}', '{each['Key']}', {each['Size']}, '{each['ETag'].strip(chr(34))}', "
            f"timestamp '{each['LastModified']:%Y-%m-%d %H:%M:%S}', "
            f"dateadd(second, {seconds_ago}, sysdate))"
            for each in found.get("Contents", [])
            if not each["Key"].startswith("_")
        )
        self.warehouse.execute("delete from ops.s3_inventory")
        if values:
            self.warehouse.execute(f"insert into ops.s3_inventory values {values}")

    def type(self, *words: str) -> Result:
        """A command of the project: ``python -m orchestration`` and these words."""
        return CliRunner().invoke(app, words)

    def run(self, operation: str, **arguments: object) -> bool:
        return self.warehouse.dbt("run-operation", operation, "--args", json.dumps(arguments))

    def reconciled(self, **arguments: object) -> dict[str, Any]:
        """What reconcile_copy_jobs says as JSON."""
        arguments = {"select": JOB, "check": False, "format": "json"} | arguments
        assert self.run("reconcile_copy_jobs", **arguments), self.warehouse.said
        (said,) = (text for text in self.warehouse.messages if text.startswith('{"counts"'))
        document: dict[str, Any] = json.loads(said)
        return document

    def counts(self, **arguments: object) -> dict[str, int]:
        return {row["status"]: row["objects"] for row in self.reconciled(**arguments)["counts"]}

    def open(self) -> dict[str, str]:
        """By the name of the file, the status of each object that is open."""
        found = self.reconciled()["open"]
        return {row["object"].rsplit("/", 1)[-1]: row["status"] for row in found}

    def vendors(self) -> list[str]:
        """What the table holds, one entry a trip."""
        rows = self.warehouse.rows("select vendorid from landing.cab_sales_data order by 1")
        return [row[0] for row in rows]

    def status(self, name: str) -> str | None:
        """The letter that the job has for a file."""
        rows = self.warehouse.rows(
            f"select left(status, 1) from sys_copy_job_detail where file_name = 'Customer_1/{name}'"
        )
        return rows[0][0] if rows else None
