"""What dbt's process leaves out changes nothing but the time that it takes."""

import pytest
import sqlparse
from sqlparse.engine import FilterStack

from orchestration.dbt_process.needless import leave_out_needless_work

TEXTS = (
    "select 1",
    "  select 'a', \"b\"\nfrom t -- the end\n",
    "select 1; select 2",
    "/* app */ create table t as (select ';' as a);",
    "select 1 -- a; b\n",
    "",
    "  \n",
    "-- nothing but a remark",
)


@pytest.mark.parametrize("sql", TEXTS)
def test_statements_are_those_that_sqlparse_finds(
    sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What sqlparse.split does; other tests of this process may have replaced it already.
    expected = [str(statement).strip() for statement in FilterStack().run(sql)]
    with monkeypatch.context() as patched:
        patched.setattr(sqlparse, "split", sqlparse.split)
        leave_out_needless_work()
        found = sqlparse.split(sql)
    assert found == expected
