"""What every service's OpenAPI document shares: problems (RFC 9457), the Bearer key, bodies and headers that a route reads
by itself. Descriptions only; nothing here answers a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Components,
    Example,
    OpenAPIMediaType,
    Operation,
    Parameter,
    RequestBody,
    SecurityScheme,
)

PROBLEM = "application/problem+json"
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
COMPONENTS = Components(
    security_schemes={
        "bearer": SecurityScheme(type="http", scheme="bearer", description="INKGATE_API_KEY, where one is configured.")
    }
)
NOT_AUTHORISED = {401: "The key is missing or wrong."}


class ProblemShown(msgspec.Struct):
    """An error, as RFC 9457 words it. Further members say what would be right, such as `allowed`."""

    type: str
    status: int
    title: str
    detail: str | None = None


def answers(
    shown: Any,
    problems: Mapping[int, str] | None = None,
    *,
    status: int = 200,
    says: str = "Done.",
    media_type: str = "application/json",
    example: Any = None,
) -> dict[int, ResponseSpec]:
    """A route's `responses`: what it answers when all is well (`shown` None: nothing), and its problems, status → when."""
    examples = [Example(value=example)] if example is not None else None
    found = {status: ResponseSpec(shown, False, says, media_type, examples)}
    for code, when in (problems or {}).items():
        found[code] = ResponseSpec(ProblemShown, False, when, PROBLEM)
    return found


def taking(
    body: Mapping[str, Any] | None = None,
    *,
    example: Any = None,
    says: str | None = None,
    parameters: Sequence[Parameter] = (),
) -> type[Operation]:
    """A route's `operation_class`: the JSON body (a schema) and the parameters that it reads from the request itself."""

    @dataclass
    class Taking(Operation):
        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or []), *parameters]
            if body is not None:
                media: Any = OpenAPIMediaType(schema=dict(body), example=example)  # type: ignore[arg-type]
                self.request_body = RequestBody(content={"application/json": media}, description=says, required=True)

    return Taking


def header(name: str, says: str, schema: Mapping[str, Any], *, required: bool = False) -> Parameter:
    """A header."""
    return Parameter(name=name, param_in="header", description=says, schema=dict(schema), required=required)  # type: ignore[arg-type]
