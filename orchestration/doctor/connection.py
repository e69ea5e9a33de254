"""Both ways into the warehouse: dbt's connection, and the Data API."""

import socket
from contextlib import closing

from dbt.adapters.redshift.connections import get_connection_method

from orchestration.aws.data_api import StatementError
from orchestration.doctor.examination import Examination
from orchestration.doctor.findings import TroubleError

_CONNECT_SECONDS = 10.0


def check_endpoint(examination: Examination) -> str:
    """The SQL port can be reached."""
    host, port = examination.profile.host, int(examination.profile.port)
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except socket.gaierror as error:
        raise TroubleError(f"host {host} is unknown: {error}", "correct REDSHIFT_HOST") from error
    except TimeoutError as error:
        raise TroubleError(
            f"{host}:{port} does not answer",
            "let this machine in: VPC console, the workgroup's security group, port 5439; or run "
            "inside the VPC",
        ) from error
    except OSError as error:
        raise TroubleError(
            f"nothing listens at {host}:{port}: {error}",
            "make up, for the local one; else start the warehouse, or correct REDSHIFT_HOST and "
            "REDSHIFT_PORT",
        ) from error
    return f"{host}:{port} answers"


def check_encryption(examination: Examination) -> str:
    """The warehouse is encrypted at rest, which event integrations ask for."""
    name = examination.settings.cluster
    if not name:
        return "a serverless warehouse always is"
    (cluster,) = examination.aws.redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    if not cluster.get("Encrypted"):
        raise TroubleError(
            f"the cluster {name} is not encrypted",
            f"aws redshift modify-cluster --cluster-identifier {name} --encrypted",
        )
    return f"the cluster {name} is encrypted"


def check_dbt(examination: Examination) -> str:
    """dbt's own connection signs in."""
    profile = examination.profile
    with closing(get_connection_method(profile)()) as connection, connection.cursor() as cursor:
        cursor.execute("select current_user")
        (user,) = cursor.fetchone()
    return f"target {examination.settings.target} signs in as {user}, TLS {profile.sslmode}"


def check_database(examination: Examination) -> str:
    """The Data API runs a statement in the database, as a user."""
    try:
        login = examination.login
    except StatementError as error:
        if "does not exist" in error.reason:
            raise TroubleError(
                error.reason, "correct REDSHIFT_DATABASE or REDSHIFT_USER"
            ) from error
        raise
    kind = "superuser" if login.superuser else "user"
    return f"{login.database}, as {kind} {login.name}"


def check_same_user(examination: Examination) -> str:
    """dbt and the Data API are one user: a copy job is seen by its owner alone."""
    with closing(get_connection_method(examination.profile)()) as connection:
        cursor = connection.cursor()
        cursor.execute("select current_user, current_database()")
        user, database = cursor.fetchone()
    login = examination.login
    if database != login.database:
        raise TroubleError(
            f"dbt works in database {database}, the Data API in {login.database}",
            "set REDSHIFT_DATABASE, which both read",
        )
    # Redshift folds names to lower case; IAM's come as they are.
    if user.lower() != login.name.lower() and not login.superuser:
        raise TroubleError(
            f"dbt signs in as {user}, the Data API as {login.name}, who does not see its jobs",
            "use one AWS identity for both, without REDSHIFT_USER and REDSHIFT_SECRET_ARN",
        )
    return str(user)
