"""Schemas written by hand: what the examples use of kinds whose own schemas no package registry gives out.

Sources, read for these versions: Strimzi 1.2 'Custom resource API reference' (KafkaNodePool, Kafka, KafkaTopic,
KafkaUser); CloudNativePG 1.30 'API Reference' (Cluster, ScheduledBackup); Barman Cloud CNPG-I plugin 0.15 'API
Reference' (ObjectStore). A field that is not here is refused, also where the operator would take it: whoever uses
another one looks it up and adds it.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
YES_OR_NO: Schema = {"type": "boolean"}
QUANTITY: Schema = {"type": "string", "pattern": r"^\d+(\.\d+)?(m|[KMGT]i?)?$"}


def whole(least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def fields(required: str = "", **properties: Schema) -> Schema:
    """An object with these fields and no others; `required` names those that must be there."""
    return {"type": "object", "properties": properties, "required": required.split()}


def named(**properties: Schema) -> Schema:
    """The same for names that are no Python words: `__` stands for a dot."""
    return fields("", **{name.replace("__", "."): schema for name, schema in properties.items()})


def spec(schema: Schema) -> Schema:
    """A whole object with that spec."""
    return fields("apiVersion kind metadata spec", apiVersion=TEXT, kind=TEXT, metadata={"type": "object"}, spec=schema)


RESOURCES = fields(
    "requests limits",
    requests=fields("cpu memory", cpu=QUANTITY, memory=QUANTITY),
    limits=fields("memory", cpu=QUANTITY, memory=QUANTITY),
)
SECRET_KEY = fields("name key", name=TEXT, key=TEXT)

NODE_POOL = fields(
    "replicas roles storage",
    replicas=whole(1),
    roles=many(one_of("controller", "broker")),
    storage=fields(
        "type volumes",
        type=one_of("jbod"),
        volumes=many(
            fields(
                "id type size",
                id=whole(),
                type=one_of("persistent-claim", "ephemeral"),
                size=QUANTITY,
                kraftMetadata=one_of("shared"),
                deleteClaim=YES_OR_NO,
            )
        ),
    ),
    resources=RESOURCES,
    jvmOptions=fields("", **{"-Xms": TEXT, "-Xmx": TEXT}),
)
KAFKA = fields(
    "kafka entityOperator",
    kafka=fields(
        "listeners authorization config",
        listeners=many(
            fields(
                "name port type tls",
                name={"type": "string", "pattern": "^[a-z0-9]{1,11}$"},
                port=whole(9092),
                type=one_of("internal"),
                tls=YES_OR_NO,
                authentication=fields("type", type=one_of("scram-sha-512", "tls")),
            )
        ),
        authorization=fields("type", type=one_of("simple")),
        rack=fields("topologyKey", topologyKey=TEXT),
        config=named(
            auto__create__topics__enable=YES_OR_NO,
            default__replication__factor=whole(1),
            min__insync__replicas=whole(1),
            offsets__topic__replication__factor=whole(1),
            transaction__state__log__replication__factor=whole(1),
            transaction__state__log__min__isr=whole(1),
        ),
    ),
    entityOperator=fields(topicOperator=fields(), userOperator=fields(secretPrefix=TEXT)),
)
TOPIC = fields(
    "partitions replicas config",
    partitions=whole(1),
    replicas=whole(1),
    config=named(retention__ms=whole(1), min__insync__replicas=whole(1)),
)
USER = fields(
    "authentication authorization",
    authentication=fields("type", type=one_of("scram-sha-512", "tls")),
    authorization=fields(
        "type acls",
        type=one_of("simple"),
        acls=many(
            fields(
                "resource operations",
                resource=fields(
                    "type name",
                    type=one_of("topic", "group"),
                    name=TEXT,
                    patternType=one_of("literal", "prefix"),
                ),
                operations=many(one_of("Read", "Write", "Create", "Describe")),
            )
        ),
    ),
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
    schedule={"type": "string", "pattern": r"^\S+( \S+){5}$"},
    immediate=YES_OR_NO,
    backupOwnerReference=one_of("none", "self", "cluster"),
    cluster=fields("name", name=TEXT),
    method=one_of("plugin"),
    pluginConfiguration=fields("name", name=one_of("barman-cloud.cloudnative-pg.io")),
)
OBJECT_STORE = fields(
    "configuration",
    retentionPolicy={"type": "string", "pattern": "^[1-9][0-9]*[dwm]$"},
    configuration=fields(
        "destinationPath s3Credentials",
        destinationPath={"type": "string", "pattern": "^s3://"},
        s3Credentials=fields("accessKeyId secretAccessKey", accessKeyId=SECRET_KEY, secretAccessKey=SECRET_KEY),
        wal=fields(compression=one_of("gzip", "zstd", "lz4"), maxParallel=whole(1)),
        data=fields(compression=one_of("gzip", "snappy", "lz4")),
    ),
)

WRITTEN: dict[tuple[str, str], Schema] = {
    ("kafka.strimzi.io/v1", "KafkaNodePool"): spec(NODE_POOL),
    ("kafka.strimzi.io/v1", "Kafka"): spec(KAFKA),
    ("kafka.strimzi.io/v1", "KafkaTopic"): spec(TOPIC),
    ("kafka.strimzi.io/v1", "KafkaUser"): spec(USER),
    ("postgresql.cnpg.io/v1", "Cluster"): spec(CLUSTER),
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): spec(SCHEDULED_BACKUP),
    ("barmancloud.cnpg.io/v1", "ObjectStore"): spec(OBJECT_STORE),
}
