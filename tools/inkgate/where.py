"""Which installation a command looks at: this machine's, the environment's, or the one that its options name."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from inkgate.local.environment import Surroundings, database_url, surroundings
from inkgate.local.servers import LocalServers, ServerAddresses


def add_where_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that `where` reads. Without any it is what `inkgate local` and the environment say."""
    parser.add_argument(
        "--database-url", metavar="URL", help="the PostgreSQL server (each service has a database on it)"
    )
    parser.add_argument("--kafka-bootstrap", metavar="HOST:PORT", help="the Kafka brokers")
    parser.add_argument("--topic-prefix", metavar="TEXT", help="what stands before every topic's name")
    parser.add_argument("--database-prefix", metavar="TEXT", help="what stands before every database's name")
    parser.add_argument("--home", type=Path, default=None, help="folder of the servers (else ./.inkgate)")
    parser.add_argument("--port-offset", type=int, default=0, metavar="N", help="N was added to every HTTP port")


def where(args: argparse.Namespace) -> Surroundings:
    """The installation that the options name. Raises LocalError where there is none."""
    started = None
    if args.database_url and args.kafka_bootstrap:
        started = ServerAddresses(database_url(args.database_url, "postgres"), args.kafka_bootstrap)
    around = surroundings(LocalServers(args.home), port_offset=args.port_offset, started=started)
    servers = ServerAddresses(
        database_url(args.database_url, "postgres") if args.database_url else around.servers.database_url,
        args.kafka_bootstrap or around.servers.kafka_bootstrap,
    )
    return replace(
        around,
        servers=servers,
        topic_prefix=around.topic_prefix if args.topic_prefix is None else args.topic_prefix,
        database_prefix=around.database_prefix if args.database_prefix is None else args.database_prefix,
    )
