"""Schemas written by hand: what the examples use of kinds whose own schemas no package registry gives out.

Source, read for this version: CloudNativePG 1.30 'API Reference' (Cluster, ScheduledBackup). A field that is not here is
refused, also where the operator would take it: whoever uses another one looks it up and adds it. That nothing is here
which the operator would refuse, test_operators_schemas.py shows where the real CustomResourceDefinitions are named.
"""

from tests.deploy.definitions import Schema, Schemas

TEXT: Schema = {"type": "string", "minLength": 1, "examples": ["x"]}
YES_OR_NO: Schema = {"type": "boolean"}
QUANTITY: Schema = {
    "type": "string",
    "pattern": r"^\d+(\.\d+)?(m|k|[MGT]|[KMGT]i)?$",
    "examples": ["2", "1.5", "500m", "1k", "1M", "1G", "1T", "1Ki", "1Mi", "1Gi", "1Ti"],
}


def whole(least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def fields(required: str = "", **properties: Schema) -> Schema:
    """An object with these fields and no others; `required` names those that must be there."""
    return {"type": "object", "properties": properties, "required": required.split()}


def spec(schema: Schema) -> Schema:
    """A whole object with that spec."""
    return fields("apiVersion kind metadata spec", apiVersion=TEXT, kind=TEXT, metadata={"type": "object"}, spec=schema)


RESOURCES = fields(
    "requests limits",
    requests=fields("cpu memory", cpu=QUANTITY, memory=QUANTITY),
    limits=fields("memory", cpu=QUANTITY, memory=QUANTITY),
)
CLUSTER = fields(
    "instances bootstrap storage resources postgresql plugins",
    instances=whole(1),
    bootstrap=fields("initdb", initdb=fields("database owner", database=TEXT, owner=TEXT)),
    storage=fields("size", size=QUANTITY),
    walStorage=fields("size", size=QUANTITY),
    resources=RESOURCES,
    postgresql=fields(
        synchronous=fields(
            "method number",
            method=one_of("any", "first"),
            number=whole(1),
            dataDurability=one_of("required", "preferred"),
        ),
        # Texts, also where PostgreSQL has numbers.
        parameters={"type": "object", "additionalProperties": TEXT},
    ),
    affinity=fields("topologyKey", topologyKey=TEXT),
    plugins=many(
        fields(
            "name parameters",
            name=one_of("barman-cloud.cloudnative-pg.io"),
            isWALArchiver=YES_OR_NO,
            parameters=fields("barmanObjectName", barmanObjectName=TEXT),
        )
    ),
)
SCHEDULED_BACKUP = fields(
    "schedule cluster method pluginConfiguration",
    # Go's cron with seconds: six fields.
    schedule={"type": "string", "pattern": r"^\S+( \S+){5}$", "examples": ["0 0 3 * * *"]},
    immediate=YES_OR_NO,
    backupOwnerReference=one_of("none", "self", "cluster"),
    cluster=fields("name", name=TEXT),
    method=one_of("plugin"),
    pluginConfiguration=fields("name", name=one_of("barman-cloud.cloudnative-pg.io")),
)
WRITTEN: Schemas = {
    ("postgresql.cnpg.io/v1", "Cluster"): spec(CLUSTER),
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): spec(SCHEDULED_BACKUP),
}
