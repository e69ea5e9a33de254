"""COPY as a statement of a session: which objects it loads, and what the client is told."""

from typing import TYPE_CHECKING

from local_redshift.copy.columns import find_table
from local_redshift.copy.load import load_objects
from local_redshift.copy.sources import find_objects
from local_redshift.copy.statements import CopyStatement
from local_redshift.results import Result

if TYPE_CHECKING:
    from local_redshift.session import Session


def run_copy(session: "Session", statement: CopyStatement) -> Result:
    """Carry out a plain COPY in the session's transaction, or in one of its own.

    With JOB CREATE nothing is loaded: the statement becomes a job.

    Raises:
        RedshiftError: XX000 when a file has more bad records than allowed; nothing is loaded then
            and STL_LOAD_ERRORS says what is wrong with them.
    """
    if statement.job is not None:
        return session.engine.copy_jobs.create(session, statement)
    session.last_copy_id = session.last_query_id
    find_table(session.connection, statement.table)
    objects = find_objects(session.engine.objects, statement)
    outcome = load_objects(session, statement, objects)
    session.last_copy_count = outcome.rows
    table = statement.table.name
    notices = [
        f"Load into table '{table}' completed, {outcome.rows} record(s) loaded successfully."
    ]
    if outcome.errors:
        notices.append(
            f"Load into table '{table}' completed, {outcome.errors} record(s) could not be "
            "loaded.  Check 'stl_load_errors' system table for details."
        )
    return Result("COPY", row_count=outcome.rows, notices=tuple(notices))
