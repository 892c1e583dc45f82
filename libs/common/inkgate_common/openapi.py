"""What every service's OpenAPI document shares: problems (RFC 9457), the Bearer key, bodies and headers that a route reads
by itself, examples. Descriptions only; nothing here answers a request.

An example is what the code itself makes: a problem that a route raises, a value of the shape that it answers, or a call of
what makes the answer, kept until the document is asked for. A test holds the running services' answers against them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Components,
    Example,
    OpenAPIMediaType,
    OpenAPIResponse,
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


class Raised(Protocol):
    """A problem as a route raises it (`web.Problem`)."""

    def body(self) -> dict[str, Any]:
        """What is answered."""


# A route's problems: status → when, and one that it raises then.
Problems = Mapping[int, tuple[str, Raised]]
# An example, or what makes it.
Makes = Callable[[], Any]


class ProblemShown(msgspec.Struct):
    """An error, as RFC 9457 words it. Further members say what would be right, such as `allowed`."""

    type: str
    status: int
    title: str
    detail: str | None = None


@dataclass
class Made(Example):
    """An example that is made when the document is."""

    make: Makes = dict

    def to_schema(self) -> dict[str, Any]:
        return {"value": msgspec.to_builtins(self.make(), str_keys=True)}


def answers(
    shown: Any,
    problems: Problems | None = None,
    *,
    status: int = 200,
    says: str = "Done.",
    media_type: str = "application/json",
    example: Makes | None = None,
) -> dict[int, ResponseSpec]:
    """A route's `responses`: what it answers when all is well (`shown` None: nothing), and its problems."""
    examples: list[Example] | None = [Made(id="answer", make=example)] if example is not None else None
    found = {status: ResponseSpec(shown, False, says, media_type, examples)}
    for code, (when, problem) in (problems or {}).items():
        found[code] = ResponseSpec(ProblemShown, False, when, PROBLEM, [Made(id="problem", make=problem.body)])
    return found


def taking(
    body: Mapping[str, Any] | None = None,
    *,
    example: Any = None,
    says: str | None = None,
    parameters: Sequence[Parameter] = (),
    asked: Mapping[str, Makes] | None = None,
) -> type[Operation]:
    """A route's `operation_class`: the JSON body (a schema) and the parameters that it reads from the request itself.
    `asked` are examples of parameters, by their names.

    Litestar says of every route with a parameter that it answers 400. Where the route does not say so itself it never does
    (an id that is none leads nowhere: 404), and it is left out."""

    @dataclass
    class Taking(Operation):
        def __post_init__(self) -> None:
            told = (self.responses or {}).get("400")
            if self.responses and isinstance(told, OpenAPIResponse) and PROBLEM not in (told.content or {}):
                del self.responses["400"]
            self.parameters = [*(self.parameters or []), *parameters] or None
            for parameter in self.parameters or ():
                if isinstance(parameter, Parameter) and parameter.name in (asked or {}):
                    parameter.examples = {"example": Made(make=(asked or {})[parameter.name])}
            if body is not None:
                media: Any = OpenAPIMediaType(schema=dict(body), example=example)  # type: ignore[arg-type]
                self.request_body = RequestBody(content={"application/json": media}, description=says, required=True)

    return Taking


def header(name: str, says: str, schema: Mapping[str, Any], *, required: bool = False) -> Parameter:
    """A header."""
    return Parameter(name=name, param_in="header", description=says, schema=dict(schema), required=required)  # type: ignore[arg-type]
