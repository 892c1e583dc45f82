"""The settings of `inkgate analytics`: those of Kafka that every service has, and where the tables are kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from inkgate_common.settings import KafkaSettings, load

SINK = "duckdb:analytics.duckdb"


class AnalyticsSettings(KafkaSettings):
    """From the environment; an option of the command counts more."""

    kafka_bootstrap: str = Field(
        default="",
        description="host:port of one or more brokers, comma separated; left out: the Kafka of `inkgate local`",
    )
    analytics_sink: SecretStr = Field(
        default=SecretStr(SINK),
        description="where the tables are kept: duckdb:PATH, postgresql://…, clickhouse://… (clickhouses:// with TLS)",
    )


def settings(
    *,
    sink: str | None = None,
    bootstrap: str | None = None,
    topic_prefix: str | None = None,
    home: Path | None = None,
    reads: bool = True,
) -> AnalyticsSettings:
    """The settings, with what the options say. Without any Kafka, and where the topic is read (`reads`): the one on this
    machine. SettingsError, or LocalError where there is none."""
    found = load(AnalyticsSettings)
    given: dict[str, object] = {}
    if sink is not None:
        given["analytics_sink"] = SecretStr(sink)
    if topic_prefix is not None:
        given["topic_prefix"] = topic_prefix
    if bootstrap or (reads and not found.kafka_bootstrap):
        given["kafka_bootstrap"] = bootstrap or _at_this_desk(home)
    return found.model_copy(update=given)


def _at_this_desk(home: Path | None) -> str:
    from inkgate.local.servers import LocalServers  # in production nothing of it is there

    return LocalServers(home).addresses().kafka_bootstrap
