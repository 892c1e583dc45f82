"""docs/openapi: each service's document is valid OpenAPI 3.1 and says what its caller needs: what an operation does, what it
takes, what it answers when all is well and when not, and who may call it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from inkgate.documents import openapi

DOCUMENTS: dict[str, Any] = {service: openapi.document(service) for service in openapi.APPS}
OPERATIONS: list[tuple[str, str, str]] = [
    (service, path, method)
    for service, document in DOCUMENTS.items()
    for path, methods in document["paths"].items()
    for method in methods
]
# Whoever calls these has no API key: Meta, Stripe, calendars, clients' browsers, probes and Prometheus.
OPEN = ("/webhooks/", "/appointments/", "/calendar/", "/pay/", "/health/", "/metrics")

each_operation = pytest.mark.parametrize(
    ("service", "path", "method"), OPERATIONS, ids=[f"{s} {m} {p}" for s, p, m in OPERATIONS]
)


@pytest.mark.parametrize("service", DOCUMENTS)
def test_it_is_valid_by_the_published_schema(service: str) -> None:
    assert [error.message[:300] for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENTS[service])] == []
    assert list(OPENAPI_31_VALIDATOR.iter_errors(DOCUMENTS[service] | {"paths": {"/x": {"get": {"responses": 1}}}}))


@each_operation
def test_an_operation_says_what_it_does_and_what_comes_back(service: str, path: str, method: str) -> None:
    operation = DOCUMENTS[service]["paths"][path][method]
    assert operation["summary"] and operation["description"] and operation["tags"]
    assert any(code.startswith("2") for code in operation["responses"])
    for code, response in operation["responses"].items():
        assert response["description"]
        if not code.startswith("2") and path != "/health/ready":
            (media_type,) = response["content"]
            assert media_type == "application/problem+json", code


@each_operation
def test_an_operation_asks_for_the_key_unless_its_caller_has_none(service: str, path: str, method: str) -> None:
    operation = DOCUMENTS[service]["paths"][path][method]
    assert (operation.get("security") == [{"bearer": []}]) != path.startswith(OPEN)
    assert DOCUMENTS[service]["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert ("401" in operation["responses"]) == (not path.startswith(OPEN) or (method == "post" and "webhooks" in path))


@each_operation
def test_it_has_an_example_of_every_body_and_every_answer_that_has_one(service: str, path: str, method: str) -> None:
    operation = DOCUMENTS[service]["paths"][path][method]
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        assert not part.get("content") or examples_in(part), part
    for parameter in operation.get("parameters", ()):
        assert parameter["in"] != "path" or parameter["examples"], parameter["name"]


@each_operation
def test_its_examples_are_examples(service: str, path: str, method: str) -> None:
    operation = DOCUMENTS[service]["paths"][path][method]
    for part in (operation.get("requestBody", {}), *operation["responses"].values(), *operation.get("parameters", ())):
        for schema, example in examples_in(part):
            assert [error.message for error in of_document(DOCUMENTS[service], schema).iter_errors(example)] == []


@each_operation
def test_a_problem_says_its_own_status(service: str, path: str, method: str) -> None:
    for code, response in DOCUMENTS[service]["paths"][path][method]["responses"].items():
        for _, example in examples_in(response):
            if "application/problem+json" in response["content"]:
                assert (example["status"], example["type"]) == (int(code), "about:blank")


def examples_in(part: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    """Schema and example, wherever OpenAPI lets one stand."""
    found = []
    for media in (*part.get("content", {}).values(), *([part] if "schema" in part else ())):
        named = [each["value"] for each in media.get("examples", {}).values()]
        alone = [media["example"]] if "example" in media else []
        found += [(media["schema"], each) for each in (*named, *alone, *media["schema"].get("examples", ()))]
    return found


def of_document(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a part of a document."""
    whole = Resource.from_contents(document | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    registry: Registry[Any] = Registry().with_resource("urn:document", whole)
    pointed = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
    return Draft202012Validator(pointed, registry=registry, format_checker=FormatChecker())
