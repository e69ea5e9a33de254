"""What dbt's libraries do for every node or statement without need, and have no setting against."""

import functools

import redshift_connector
import sqlparse

_split = sqlparse.split


def leave_out_needless_work() -> None:
    """Have this process connect and send statements with less processor time."""
    # Without a name the driver derives one at every connect by reading the source of each frame
    # on the stack, which is more than most nodes need; dbt connects once a node. Named, the flow's
    # connections are also told apart in SYS_CONNECTION_LOG.
    redshift_connector.connect = functools.partial(
        redshift_connector.connect, application_name="retail_elt"
    )
    # dbt-redshift looks for the statements in all that it sends, because the driver takes one at a
    # time: a sixth of a build's processor time.
    sqlparse.split = _statements


def _statements(sql: str, encoding: str | None = None, strip_semicolon: bool = False) -> list[str]:
    """``sqlparse.split``, which need not read a text without a semicolon."""
    if ";" in sql:
        return list(_split(sql, encoding, strip_semicolon))
    return [statement] if (statement := sql.strip()) else []
