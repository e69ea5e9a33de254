"""Calls of the Data API as the tests make them: submit, wait for the end, read what came out."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

FINAL = {"FINISHED", "FAILED", "ABORTED"}
END_SECONDS = 60.0
POLL_SECONDS = 0.02
SLOW = "select count(*) from generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(j)"


@dataclass(frozen=True)
class DataApiCalls:
    """A boto3 client and the members that lead it to the warehouse."""

    client: Any
    target: dict[str, str]

    def execute(self, sql: str, **arguments: Any) -> Any:
        """Run one statement; its description once it has ended."""
        where = {} if "SessionId" in arguments else self.target
        return self.ended(self.client.execute_statement(Sql=sql, **where, **arguments)["Id"])

    def batch(self, *sqls: str, **arguments: Any) -> Any:
        """Run a batch; its description once it has ended."""
        where = {} if "SessionId" in arguments else self.target
        submitted = self.client.batch_execute_statement(Sqls=list(sqls), **where, **arguments)
        return self.ended(submitted["Id"])

    def ended(self, statement_id: str) -> Any:
        """Poll until a statement has ended; its description."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            described = self.client.describe_statement(Id=statement_id)
            if described["Status"] in FINAL:
                return described
            time.sleep(POLL_SECONDS)
        pytest.fail(f"{statement_id} has not ended after {END_SECONDS} s")

    def rows(self, sql: str, **arguments: Any) -> list[list[Any]]:
        """The rows of a query as plain values; NULL as None."""
        done = self.execute(sql, **arguments)
        assert done["Status"] == "FINISHED", done.get("Error")
        return self.values(done["Id"])

    def values(self, result_id: str) -> list[list[Any]]:
        """Every row of a result; NULL as None."""
        pages = self.client.get_paginator("get_statement_result").paginate(Id=result_id)
        return [
            [None if "isNull" in field else next(iter(field.values())) for field in record]
            for page in pages
            for record in page["Records"]
        ]
