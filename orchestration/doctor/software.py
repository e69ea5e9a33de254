"""The installed software: what the lock says, nothing else."""

import re
from importlib.metadata import PackageNotFoundError, version

from orchestration.doctor.examination import Examination
from orchestration.doctor.findings import TroubleError
from orchestration.settings import PROJECT_DIR

_PACKAGES = ("dbt-core", "dbt-redshift", "prefect", "redshift-connector", "boto3")


def check_versions(_examination: Examination) -> str:
    """dbt, Prefect and the drivers have the versions that were tested together."""
    lock = (PROJECT_DIR / "requirements.txt").read_text()
    found = {package: _installed(package) for package in _PACKAGES}
    wrong = [
        f"{package} is {installed}, the lock says {locked}"
        for package, installed in found.items()
        if installed != (locked := _locked(lock, package))
    ]
    if wrong:
        raise TroubleError("; ".join(wrong), "make install")
    return ", ".join(f"{package} {installed}" for package, installed in found.items())


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _locked(lock: str, package: str) -> str:
    found = re.search(rf"^{re.escape(package)}(\[.*\])?==(\S+)", lock, re.MULTILINE)
    return found[2] if found else "nothing"
