"""Ends what a stopped process has left running in the warehouse, before anything is tried again."""

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_exponential

from orchestration.aws.data_api import DataApi, Row

_SECONDS = 60.0
# Of one statement: a warehouse that is gone does not answer at all.
_ANSWER_SECONDS = 10.0
_RUNNING = """
select distinct session_id
from sys_query_history
where query_label = :label and status in ('planning', 'queued', 'running', 'returning')
"""
# Ending the session also undoes its open transaction, which cancelling the statement would leave.
_END = "select pg_terminate_backend({session:d}) as ended"


def end_sessions(data_api: DataApi, label: str) -> int:
    """End the sessions that run statements with ``query_group`` ``label``; returns how many.

    SYS_QUERY_HISTORY shows a user his own statements, and those of others only with SYS:MONITOR:
    the Data API has to sign in as dbt's user, or hold that role.

    A run that has lost its lock, too, ends what it has started.

    Raises:
        TimeoutError: they still run after a minute.
        StatementError: a session may not be ended.
    """
    api, ended = data_api.in_any_case(), set[int]()

    def end_all() -> tuple[Row, ...]:
        running = api.query(_RUNNING, {"label": label}, timeout=_ANSWER_SECONDS)
        for row in running:
            session = int(str(row["session_id"]))
            if session not in ended:
                api.query(_END.format(session=session), timeout=_ANSWER_SECONDS)
                ended.add(session)
        return running

    try:
        Retrying(
            retry=retry_if_result(bool),
            wait=wait_exponential(multiplier=0.05, max=2.0),
            stop=stop_after_delay(_SECONDS),
        )(end_all)
    except RetryError:
        raise TimeoutError(
            f"statements of query_group '{label}' still run after {_SECONDS:g} s: end them by "
            "hand (select pg_terminate_backend(session_id) from sys_query_history where …)"
        ) from None
    return len(ended)
