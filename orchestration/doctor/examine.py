"""The checks in their order. One that says nothing while an earlier one fails stays open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from orchestration.doctor import connection, copying, identity, landing, rights, software
from orchestration.doctor.examination import Examination
from orchestration.doctor.explain import EXPECTED, explained
from orchestration.doctor.findings import Finding, State, TroubleError
from orchestration.runs.run import start_run
from orchestration.settings import SettingsError

_SETTINGS = "settings"


@dataclass(frozen=True)
class Check:
    """A look at one thing.

    Args:
        name: as it is printed.
        look: returns what is there; raises TroubleError, or an error that can be explained.
        needs: names of the checks without which this one says nothing.
    """

    name: str
    look: Callable[[Examination], str]
    needs: tuple[str, ...] = ()


CHECKS = (
    Check("versions", software.check_versions),
    Check("credentials", identity.check_credentials),
    Check("AWS endpoint", identity.check_endpoint, ("credentials",)),
    Check("clock", identity.check_clock, ("AWS endpoint",)),
    Check("identity", identity.check_identity, ("clock",)),
    Check("region", identity.check_region, ("identity",)),
    Check("SQL endpoint", connection.check_endpoint, ("credentials",)),
    Check("encryption", connection.check_encryption, ("region",)),
    Check("database", connection.check_database, ("region",)),
    Check("dbt connection", connection.check_dbt, ("SQL endpoint", "database")),
    Check("one user", connection.check_same_user, ("dbt connection",)),
    Check("dbt project", lambda each: f"{len(each.declared.jobs)} jobs", ("dbt connection",)),
    Check("copy job permissions", rights.check_copy_jobs, ("one user",)),
    Check("schema rights", rights.check_schemas, ("one user", "dbt project")),
    Check("bucket", landing.check_bucket, ("region",)),
    Check("bucket policy", landing.check_bucket_policy, ("bucket",)),
    Check("resource policy", landing.check_namespace_policy, ("region",)),
    Check("event integration", landing.check_integration, ("bucket",)),
    Check("copy jobs", landing.check_jobs, ("one user", "dbt project")),
    Check("job channels", landing.check_channels, ("copy jobs", "event integration")),
    Check("COPY role", copying.check_role, ("identity",)),
)
_SAMPLES = ("COPY role", "copy jobs", "bucket")


def examine(start: Callable[[], Examination] | None = None) -> Iterator[Finding]:
    """Each finding as soon as it is known.

    Args:
        start: makes the examination; raises for settings that cannot be, such as an AWS profile
            that is not there.
    """
    try:
        examination = (start or _start)()
    except SettingsError as error:
        mistakes = "\n".join([error.cause, *error.objects])
        yield Finding(_SETTINGS, State.WRONG, mistakes, error.remedy)
        return
    except EXPECTED as error:
        trouble = explained(error)
        yield Finding(_SETTINGS, State.WRONG, trouble.text, trouble.remedy)
        return
    yield Finding(_SETTINGS, State.FINE, f"target {examination.settings.target}")
    states: dict[str, State] = {}
    for check in CHECKS:
        found = _finding(check, examination, states)
        states[check.name] = found.state
        yield found
    if all(states[name] is State.FINE for name in _SAMPLES):
        for name, look in copying.samples(examination):
            yield _finding(Check(name, look), examination, states)
    else:
        yield _finding(Check("samples", lambda _: "", _SAMPLES), examination, states)


def _start() -> Examination:
    return Examination(start_run())


def _finding(check: Check, examination: Examination, states: dict[str, State]) -> Finding:
    if waiting := [name for name in check.needs if states[name] is not State.FINE]:
        return Finding(check.name, State.OPEN, f"not looked at before {waiting[0]} is in order")
    try:
        return Finding(check.name, State.FINE, check.look(examination))
    except TroubleError as error:
        trouble = error
    except EXPECTED as error:
        trouble = explained(error)
    return Finding(check.name, State.WRONG, trouble.text, trouble.remedy)
