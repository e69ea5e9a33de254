"""Who we are to AWS: credentials, clock, identity, and where the warehouse is."""

import re

from orchestration.doctor.examination import Examination
from orchestration.doctor.explain import explained
from orchestration.doctor.findings import TroubleError

# AWS refuses signatures that are more than five minutes off; S3 from fifteen on.
_TOLERATED = 120.0
_HOST_REGION = re.compile(r"\.([a-z0-9-]+)\.redshift(-serverless)?\.amazonaws\.com(\.cn)?$")


def check_credentials(examination: Examination) -> str:
    """AWS credentials are there, and whole."""
    found = examination.session.get_credentials()
    if found is None:
        raise TroubleError(
            "there are no AWS credentials",
            "aws configure sso, or set AWS_PROFILE, in the environment or .env",
        )
    keys = found.get_frozen_credentials()
    if (keys.access_key or "").startswith("ASIA") and not keys.token:
        raise TroubleError(
            "AWS_ACCESS_KEY_ID is temporary (ASIA…) but there is no AWS_SESSION_TOKEN",
            "set all three of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        )
    profile = examination.profile
    if bool(profile.access_key_id) != bool(profile.secret_access_key):
        raise TroubleError(
            "dbt is given half of a key",
            "set both DBT_ENV_SECRET_AWS_ACCESS_KEY_ID and DBT_ENV_SECRET_AWS_SECRET_ACCESS_KEY, "
            "or neither",
        )
    kind = "temporary" if keys.token else "long-lived"
    return f"{kind}, from {found.method}; dbt signs in by {profile.method}"


def check_endpoint(examination: Examination) -> str:
    """AWS answers, whatever it says."""
    _ = examination.answer
    url = examination.session.client("sts").meta.endpoint_url
    return f"{url} answers"


def check_clock(examination: Examination) -> str:
    """This machine's clock agrees with AWS's."""
    answer = examination.answer
    skew = (answer.ours - answer.theirs).total_seconds()
    if abs(skew) > _TOLERATED:
        way = "ahead of" if skew > 0 else "behind"
        raise TroubleError(
            f"this machine is {abs(skew):.0f} s {way} AWS, which refuses signatures that are off",
            "set the clock: sudo timedatectl set-ntp true",
        )
    return f"{abs(skew):.0f} s apart from AWS's"


def check_identity(examination: Examination) -> str:
    """AWS accepts the credentials."""
    answer = examination.answer
    if answer.error is not None:
        raise explained(answer.error)
    return answer.arn


def check_region(examination: Examination) -> str:
    """Settings, namespace and host are of one Region, namespace and identity of one account."""
    settings = examination.settings
    parts = settings.namespace_arn.split(":")
    if len(parts) < 6:
        raise TroubleError(
            f"REDSHIFT_NAMESPACE_ARN {settings.namespace_arn!r} is no ARN",
            "set it to the namespace ARN: Redshift console, the namespace or cluster",
        )
    region, account = parts[3], parts[4]
    if region != settings.region:
        raise TroubleError(
            f"the Region is {settings.region}, but the namespace is in {region}",
            f"set AWS_REGION={region}, or correct REDSHIFT_NAMESPACE_ARN",
        )
    host = examination.profile.host
    if (found := _HOST_REGION.search(host)) and found[1] != region:
        raise TroubleError(
            f"the Region is {region}, but {host} is in {found[1]}", "correct REDSHIFT_HOST"
        )
    ours = examination.answer.arn.split(":")[4]
    if ours != account:
        raise TroubleError(
            f"you are in account {ours}, the namespace is in {account}",
            "sign in to the other account (AWS_PROFILE), or correct REDSHIFT_NAMESPACE_ARN",
        )
    return f"{region}, account {account}"
