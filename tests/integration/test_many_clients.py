"""Many clients at once, and one that asks for more than anybody would hold in memory."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from conftest import LocalRedshift
from copy_helpers import Bucket
from warehouse import run

CLIENTS = 8
ROUNDS = 5
PATIENCE = 200.0  # seconds for all of them


@pytest.mark.feature("Clients", "eight clients that define, load, update and read at once")
def test_eight_clients_at_once(local_redshift: LocalRedshift) -> None:
    bucket = Bucket(local_redshift)
    body = gzip.compress(b"".join(b"%d\n" % number for number in range(100)))
    bucket.s3.put_object(Bucket=bucket.name, Key="crowd/1.gz", Body=body)
    with closing(local_redshift.connect()) as connection:
        run(connection, "create table crowd (client int, n int)")
        run(connection, "create table crowd_total (n int)")
        run(connection, "insert into crowd_total values (0)")

    def work(client: int) -> int:
        own = f"crowd_{client}"
        with closing(local_redshift.connect()) as connection:
            for _ in range(ROUNDS):
                run(connection, f"create table {own} (n int)")
                run(connection, bucket.copy_text(own, "crowd/1.gz", "csv gzip"))
                run(connection, f"insert into crowd select {client}, n from {own}")
                run(connection, "begin")
                run(connection, "lock crowd_total")
                run(connection, "update crowd_total set n = n + 1")
                run(connection, f"alter table {own} rename to {own}_old")
                run(connection, f"drop table {own}_old")
                run(connection, "commit")
            ((count,),) = run(connection, f"select count(*) from crowd where client = {client}")
            return int(count)

    with ThreadPoolExecutor(CLIENTS) as pool:
        counts = list(pool.map(work, range(CLIENTS), timeout=PATIENCE))
    assert counts == [100 * ROUNDS] * CLIENTS
    with closing(local_redshift.connect()) as connection:
        assert run(connection, "select n from crowd_total") == [(CLIENTS * ROUNDS,)]
        assert run(connection, "select count(*), sum(n) from crowd") == [
            (100 * ROUNDS * CLIENTS, 4950 * ROUNDS * CLIENTS)
        ]


@pytest.mark.feature("Clients", "results of any size are streamed")
def test_a_result_larger_than_memory_comfort_is_streamed(local_redshift: LocalRedshift) -> None:
    rows, megabyte = 200_000, 1 << 20
    wide = f"select n, repeat('x', 2000) as v from generate_series(1, {rows}) as t(n)"
    with psycopg.connect(local_redshift.dsn, autocommit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("select count(*) from pg_class")
        before = resident(local_redshift.pid)
        seen = most = 0
        for _ in cursor.stream(wide):
            seen += 1
            if seen % 10_000 == 0:
                most = max(most, resident(local_redshift.pid))
    assert seen == rows
    assert most - before < 100 * megabyte < rows * 2000


def resident(pid: int) -> int:
    """Bytes of memory that a process has in use. Linux only."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096
