"""The files that could not be loaded, and why, as the load views tell it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestration.aws.data_api import DataApi, StatementError
from orchestration.errors import StepError, to_type
from orchestration.landing import object_status
from orchestration.landing.object_status import Objects
from orchestration.runs.run import Run

# Names are char(256) in SYS_LOAD_ERROR_DETAIL: longer ones are cut there.
_NAME_LENGTH = 256
# SYS_LOAD_ERROR_DETAIL has no field value; STL_LOAD_ERRORS has, but exists on clusters only.
_ERRORS = """
select trim(file_name) as file_name, line_number, trim(column_name) as column_name,
    error_code, trim(error_message) as reason
from sys_load_error_detail
where trim(file_name) in ({names})
order by start_time desc
"""
_VALUES = """
select trim(filename) as file_name, line_number, trim(raw_field_value) as value
from stl_load_errors
where trim(filename) in ({names})
"""
_ERRORS_SHOWN = 20
_URLS_TYPED = 5


@dataclass(frozen=True)
class LoadError:
    """Why a file could not be loaded: the first error in it."""

    url: str
    line: int
    column: str
    value: str | None
    reason: str
    code: int

    def __str__(self) -> str:
        value = "" if self.value is None else f", value '{self.value}'"
        return (
            f"{self.url} line {self.line}, column {self.column}{value}: "
            f"{self.reason} (code {self.code})"
        )


def load_errors(data_api: DataApi, urls: Iterable[str]) -> list[LoadError]:
    """The first error of each of the objects (at most 20 of them)."""
    urls = [each[:_NAME_LENGTH] for each in urls][:_ERRORS_SHOWN]
    parameters = {f"name{position}": url for position, url in enumerate(urls)}
    names = ", ".join(f":{name}" for name in parameters)
    values = _field_values(data_api, names, parameters)
    errors: dict[str, LoadError] = {}
    for row in data_api.query(_ERRORS.format(names=names), parameters):
        url, line = str(row["file_name"]), int(str(row["line_number"]))
        error = LoadError(
            url=url,
            line=line,
            column=str(row["column_name"]),
            value=values.get((url, line)),
            reason=str(row["reason"]),
            code=int(str(row["error_code"])),
        )
        if url not in errors or line < errors[url].line:
            errors[url] = error
    return [errors[url] for url in urls if url in errors]


def fail_on_failed_files(run: Run, found: Objects, step: str) -> None:
    """Fail if a file could not be loaded, which waiting does not mend.

    Raises:
        StepError: there is one; each is named with line, column, value and reason.
    """
    broken = found.needing_decision()
    if not broken:
        return
    failed = [each.url for each in broken if each.status == object_status.FAILED]
    overwritten = [each.url for each in broken if each.status != object_status.FAILED]
    causes, remedies = [], []
    if failed:
        causes.append(f"{len(failed)} file(s) could not be loaded")
        remedies.append(f"correct under the same key, then {_retry('failed', failed)}")
    if overwritten:
        causes.append(f"{len(overwritten)} file(s) were overwritten after they had been loaded")
        remedies.append(f"load what is there now: {_retry('overwritten', overwritten)}")
    remedies.append(f"or do without: {to_type('files', 'waive', broken[0].url, '--reason', '…')}")
    errors = load_errors(run.aws.data_api, failed) if failed else []
    explained = {each.url for each in errors}
    others = [str(each) for each in broken if each.url not in explained]
    raise StepError(
        step,
        " and ".join(causes),
        "; ".join([*remedies, "then run again"]),
        [*map(str, errors), *others],
    )


def _retry(status: str, urls: Sequence[str]) -> str:
    """The command that loads these files, by their names where they are few."""
    which = urls if len(urls) <= _URLS_TYPED else ["--status", status]
    return to_type("files", "retry", *which)


def _field_values(
    data_api: DataApi, names: str, parameters: dict[str, str]
) -> dict[tuple[str, int], str]:
    try:
        rows = data_api.query(_VALUES.format(names=names), parameters)
    except StatementError:
        # Serverless may not show STL views; the reason alone then has to do.
        return {}
    return {
        (str(row["file_name"]), int(str(row["line_number"]))): str(row["value"])
        for row in rows
        if row["value"] is not None
    }
