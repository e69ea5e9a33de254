"""Requests of JSON services checked against the service's model, as the service itself does.

botocore checks presence, types and lengths before it sends; patterns and enumerations only the
service checks. The model is botocore's, so that what is refused here is what AWS refuses.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from local_redshift.aws.protocol import AwsError

JSON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": dict,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
    "timestamp": (int, float),
}


def check_request(service: str, operation: str, request: object) -> None:
    """Check a request's members: presence, types, lengths, ranges, patterns, enumerations.

    Args:
        service: botocore's name, e.g. ``redshift-data``.
        operation: E.g. ``ExecuteStatement``.

    Raises:
        AwsError: SerializationException for a wrong type; ValidationException, with the words of
            AWS's services, for everything else.
    """
    shape = _model(service).operation_model(operation).input_shape
    failures = [] if shape is None else list(_failures(shape, request, ""))
    if failures:
        count = f"{len(failures)} validation error{'s' if len(failures) > 1 else ''} detected"
        raise AwsError("ValidationException", f"{count}: {'; '.join(failures)}")


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _failures(shape: Shape, value: Any, path: str) -> Iterator[str]:
    _check_type(shape, value, path)
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if value.get(name) is None:
                yield _failure("null", _joined(path, name), "Member must not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _failures(member, value[name], _joined(path, name))
        return
    if isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from _failures(shape.member, item, f"{path}.{number}.member")
    for constraint in _broken_constraints(shape, value):
        shown = "[...]" if shape.type_name == "list" else value
        yield _failure(f"'{shown}'", path, constraint)


def _check_type(shape: Shape, value: object, path: str) -> None:
    wanted = JSON_TYPES.get(shape.type_name, object)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
        raise AwsError(
            "SerializationException",
            f"{path or 'The request'} must be of type {shape.type_name}, not "
            f"{type(value).__name__}.",
        )


def _broken_constraints(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    size = value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 0
    measured = "value" if isinstance(value, int) else "length"
    if "min" in limits and size < limits["min"]:
        yield f"Member must have {measured} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"Member must have {measured} less than or equal to {limits['max']}"
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"


def _failure(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


def _joined(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member
