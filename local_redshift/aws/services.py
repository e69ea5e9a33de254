"""Every service but S3, each by its signing name."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_redshift.aws.bucket_settings import BucketSettings
from local_redshift.aws.control_plane import ControlPlane
from local_redshift.aws.data_api.operations import DataApi
from local_redshift.aws.data_api.runner import StatementRunner
from local_redshift.aws.moto_backend import MotoBackend, MotoRequest
from local_redshift.aws.protocol import AwsError, Reply, json_error, json_reply
from local_redshift.aws.serverless import Serverless
from local_redshift.engine import Engine
from local_redshift.integrations import IntegrationStore

FORM_TYPE = "application/x-www-form-urlencoded"

Operations = Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]


class Services:
    """Routes a request to its service."""

    def __init__(self, engine: Engine, moto: MotoBackend) -> None:
        self._moto = moto
        self._store = IntegrationStore(engine.connect)
        self._runner = StatementRunner(engine)
        self._control_plane = ControlPlane(
            self._store,
            BucketSettings(engine.objects, moto),
            engine.copy_jobs.integrations_changed,
        )
        self._json_services: dict[str, Operations] = {
            "redshift-data": DataApi(self._runner).operations,
            "redshift-serverless": Serverless(engine.settings.sql_port).operations,
        }

    def handle(self, service: str, target: str, body: bytes) -> Reply:
        """Answer one request.

        Args:
            service: Signing name, e.g. ``redshift-data``.
            target: ``X-Amz-Target``, which names the operation of JSON services.
            body: The request's body.
        """
        if service in {"iam", "sts"}:
            return self._moto.handle(MotoRequest(service, "POST", "/", body, FORM_TYPE))
        if service == "redshift":
            return self._control_plane.handle(body)
        try:
            return json_reply(self._run_json(service, target.rpartition(".")[2], body))
        except AwsError as error:
            return json_error(error)

    def stop(self) -> None:
        """End what runs on the services' behalf."""
        self._runner.stop()
        self._store.close()

    def _run_json(self, service: str, operation: str, body: bytes) -> dict[str, Any]:
        if service not in self._json_services:
            raise AwsError(
                "UnknownOperationException",
                f"The local endpoint has no service {service!r}. It offers s3, iam, sts, "
                "redshift, redshift-data and redshift-serverless.",
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
        return operations[operation](request)
