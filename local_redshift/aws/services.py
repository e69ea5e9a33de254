"""Every service but S3, each by its signing name."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from local_redshift.aws.bucket_settings import BucketSettings
from local_redshift.aws.callers import Callers
from local_redshift.aws.clusters import Clusters
from local_redshift.aws.control_plane import ControlPlane
from local_redshift.aws.data_api.metadata import CatalogApi
from local_redshift.aws.data_api.operations import DataApi
from local_redshift.aws.data_api.runner import StatementRunner
from local_redshift.aws.data_api.store import StatementStore
from local_redshift.aws.data_api.target import Targets
from local_redshift.aws.database_secrets import DatabaseSecrets
from local_redshift.aws.moto_backend import FORM_TYPE, MotoBackend, MotoRequest
from local_redshift.aws.protocol import (
    JSON_TYPE,
    AwsError,
    Operation,
    Reply,
    json_error,
    json_reply,
)
from local_redshift.aws.request_model import check_request
from local_redshift.aws.serverless import Serverless
from local_redshift.engine import Engine
from local_redshift.integrations import IntegrationStore

logger = logging.getLogger(__name__)


class Services:
    """Routes a request to its service."""

    def __init__(self, engine: Engine, moto: MotoBackend) -> None:
        self._moto = moto
        self._store = IntegrationStore(engine.connect)
        self._statements = StatementStore(engine.settings.data_dir.resolve() / "aws")
        self._runner = StatementRunner(engine, self._statements)
        callers = Callers(moto)
        targets = Targets(callers, DatabaseSecrets(moto))
        self._control_plane = ControlPlane(
            self._store,
            BucketSettings(engine.objects, moto),
            Clusters(engine, callers),
            engine.copy_jobs.integrations_changed,
        )
        self._json_services: dict[str, Mapping[str, Operation]] = {
            "redshift-data": {
                **DataApi(self._statements, self._runner, targets, callers).operations,
                **CatalogApi(engine, targets).operations,
            },
            "redshift-serverless": Serverless(engine, callers).operations,
        }

    def handle(self, service: str, target: str, body: bytes, access_key: str) -> Reply:
        """Answer one request.

        Args:
            service: Signing name, e.g. ``redshift-data``.
            target: ``X-Amz-Target``, which names the operation of JSON services.
            body: The request's body.
            access_key: Of the caller.
        """
        if service in {"iam", "sts"}:
            return self._moto.handle(
                MotoRequest(service, "POST", "/", body, FORM_TYPE, access_key=access_key)
            )
        if service == "secretsmanager":
            return self._moto.handle(MotoRequest(service, "POST", "/", body, JSON_TYPE, target))
        if service == "redshift":
            return self._control_plane.handle(body, access_key)
        try:
            operation = target.rpartition(".")[2]
            return json_reply(self._run_json(service, operation, body, access_key))
        except AwsError as error:
            return json_error(error)
        except Exception as error:
            logger.exception("%s failed inside the server", target)
            internal = AwsError("InternalServerException", f"internal error: {error!r}", 500)
            return json_error(internal)

    def stop(self) -> None:
        """End what runs on the services' behalf."""
        self._runner.stop()
        self._statements.close()
        self._store.close()

    def _run_json(
        self, service: str, operation: str, body: bytes, access_key: str
    ) -> dict[str, Any]:
        if service not in self._json_services:
            raise AwsError(
                "UnknownOperationException",
                f"The local endpoint has no service {service!r}. It offers s3, iam, sts, "
                "secretsmanager, redshift, redshift-data and redshift-serverless.",
            )
        operations = self._json_services[service]
        if operation not in operations:
            raise AwsError(
                "UnknownOperationException",
                f"The local {service} has no {operation!r}. It offers {', '.join(operations)}.",
            )
        try:
            request = json.loads(body or b"{}")
        except ValueError as error:
            raise AwsError("SerializationException", f"The body is not JSON: {error}") from error
        check_request(service, operation, request)
        return operations[operation](request, access_key)
