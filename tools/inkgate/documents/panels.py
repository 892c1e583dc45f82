"""What the dashboard shows. Its first row answers 'are clients served?'; below it a row for each service, then Kafka,
databases and processes. `{$}` in a query stands for the installation that was chosen."""

from __future__ import annotations

import msgspec

# Every process that Prometheus watches has these; ours are told by their names.
_OURS = '{$,job=~"(.*-)?(intake|dialogue|sender|payments)"}'
Queries = dict[str, str]


class Panel(msgspec.Struct, frozen=True):
    """`queries`: legend → PromQL. `limits`: from where on it is amber, and red; a panel with limits is one figure."""

    title: str
    unit: str
    queries: Queries
    says: str
    limits: tuple[float, float] | None = None
    width: int = 8


def _each(metric: str, label: str) -> Queries:
    return {f"{{{{{label}}}}}": f"sum by ({label}) (rate({metric}{{$}}[$__rate_interval]))"}


def _quantiles(metric: str, by: str = "") -> Queries:
    grouped, legend = (f"le, {by}", f" {{{{{by}}}}}") if by else ("le", "")
    rates = f"sum by ({grouped}) (rate({metric}_bucket{{$}}[$__rate_interval]))"
    return {f"p{round(q * 100)}{legend}": f"histogram_quantile({q}, {rates})" for q in (0.5, 0.95)}


ROWS: dict[str, list[Panel]] = {
    "Are clients served?": [
        Panel(
            "Turns",
            "ops",
            {"": "sum(rate(inkgate_turn_seconds_count{$}[5m]))"},
            "Answers to clients that WhatsApp took, a second.",
            (float("inf"), float("inf")),
            3,
        ),
        Panel(
            "Webhook to answer, p95",
            "s",
            {"": "histogram_quantile(0.95, sum by (le) (rate(inkgate_turn_seconds_bucket{$}[10m])))"},
            "From a client's message to WhatsApp's acceptance of our answer.",
            (2, 10),
            3,
        ),
        Panel(
            "Oldest gate",
            "s",
            {"": "max(inkgate_open_gate_oldest_seconds{$})"},
            "How long a client has waited for an answer that is decided.",
            (60, 600),
            3,
        ),
        Panel(
            "Oldest unpublished",
            "s",
            {"": "max(inkgate_outbox_oldest_seconds{$})"},
            "The oldest event that Kafka does not have.",
            (10, 60),
            3,
        ),
        Panel(
            "Read behind",
            "s",
            {"": "max(inkgate_consumer_behind_seconds{$})"},
            "Age of what is being read, on the topic that is read latest.",
            (10, 60),
            3,
        ),
        Panel(
            "Numbers on hold",
            "none",
            {"": "sum(max by (scope) (inkgate_sender_holds{$}))"},
            "WhatsApp refuses everything from them.",
            (1, 1),
            3,
        ),
        Panel(
            "Dead letters, 1 h",
            "none",
            {"": "sum(increase(inkgate_dead_letters_total{$}[1h]))"},
            "Events that could not be handled.",
            (1, 10),
            3,
        ),
        Panel(
            "Parked",
            "none",
            {"": "max(inkgate_parked_leads{$})"},
            "Leads of which nothing is judged until somebody has looked.",
            (1, 10),
            3,
        ),
        Panel(
            "Webhook to answer",
            "s",
            _quantiles("inkgate_turn_seconds"),
            "Only answers that were taken: one that waits is in 'Oldest gate'.",
            width=12,
        ),
        Panel(
            "Messages in and out",
            "ops",
            {
                "in": "sum(rate(inkgate_intake_messages_total{$}[$__rate_interval]))",
                "out, delivered": 'sum(rate(inkgate_sends_total{$,outcome="delivered"}[$__rate_interval]))',
                "out, failed": 'sum(rate(inkgate_sends_total{$,outcome="failed"}[$__rate_interval]))',
            },
            "Out is a little more than in: notices and reminders.",
            width=12,
        ),
    ],
    "intake": [
        Panel(
            "Webhooks by answer",
            "ops",
            _each("inkgate_intake_webhooks_total", "outcome"),
            "`stored` is 200; `busy` and `not_stored` are 503.",
        ),
        Panel(
            "Time to the answer", "s", _quantiles("inkgate_intake_ack_seconds"), "Meta asks for well under a second."
        ),
        Panel(
            "Waiting for the writer",
            "none",
            {"items": "max(inkgate_intake_queue_items{$})"},
            "Above 10,000 webhooks are answered 503.",
        ),
        Panel(
            "Messages by kind",
            "ops",
            _each("inkgate_intake_messages_total", "kind"),
            "New ones; repeats are not counted.",
            width=12,
        ),
        Panel(
            "Statuses",
            "ops",
            _each("inkgate_intake_receipts_total", "status"),
            "What WhatsApp says of our messages.",
            width=12,
        ),
    ],
    "dialogue": [
        Panel(
            "Open gates",
            "none",
            {"older than {{older_than_s}} s": "max by (older_than_s) (inkgate_open_gates{$})"},
            "Answers under way; those of a minute and of ten.",
        ),
        Panel(
            "Mailboxes",
            "none",
            {"events": "max(inkgate_mailbox_depth{$})"},
            "What waits for a gate, for the end of panic mode, or for a release.",
        ),
        Panel("What happens", "ops", _each("inkgate_dialogue_facts_total", "kind"), "Facts recorded."),
    ],
    "sender": [
        Panel(
            "Calls of the Graph API",
            "ops",
            _each("inkgate_send_attempts_total", "result"),
            "`unknown`: it may have gone out.",
        ),
        Panel("Time of a call", "s", _quantiles("inkgate_send_seconds"), "WhatsApp's part of a turn."),
        Panel(
            "Not yet ended",
            "none",
            {"{{state}}": "max by (state) (inkgate_send_queue_depth{$})"},
            "`waiting`: for a retry, a rate, or the end of a hold.",
        ),
        Panel("How messages end", "ops", _each("inkgate_sends_total", "outcome"), "Each intent ends once.", width=12),
        Panel(
            "Uncertain and doubled",
            "none",
            {
                "uncertain now": "max(inkgate_uncertain_sends{$})",
                "repeated, 1 h": "sum(increase(inkgate_uncertain_resends_total{$}[1h]))",
                "doubled, 1 h": "sum(increase(inkgate_duplicate_sends_total{$}[1h]))",
            },
            "Outcomes that nobody knows, and copies too many.",
            width=12,
        ),
    ],
    "payments": [
        Panel(
            "Stripe's webhooks",
            "ops",
            _each("inkgate_payments_webhooks_total", "outcome"),
            "`told`: something came of it.",
        ),
        Panel(
            "Calls to Stripe",
            "ops",
            {
                "{{kind}} {{outcome}}": "sum by (kind, outcome) (rate(inkgate_payments_calls_total{$}[$__rate_interval]))"
            },
            "`again`: a try that brought no answer.",
        ),
        Panel(
            "Oldest call without an answer",
            "s",
            {"age": "max(inkgate_payments_calls_oldest_seconds{$})"},
            "A link or a refund that somebody waits for.",
        ),
    ],
    "Kafka": [
        Panel(
            "Waiting to be read",
            "none",
            {"{{topic}}": "sum by (topic) (inkgate_consumer_lag{$})"},
            "Records, all replicas together.",
        ),
        Panel(
            "Oldest unpublished",
            "s",
            {"{{job}}": "max by (job) (inkgate_outbox_oldest_seconds{$})"},
            "By the service that wrote it.",
        ),
        Panel("Published", "ops", _each("inkgate_published_total", "topic"), "Events acknowledged."),
        Panel(
            "Waits for its predecessor",
            "s",
            {"{{job}}": "max by (job) (inkgate_held_oldest_seconds{$})"},
            "A number of a conversation is missing.",
        ),
        Panel(
            "Dead letters",
            "none",
            {"{{topic}}": "sum by (topic) (increase(inkgate_dead_letters_total{$}[1h]))"},
            "Within an hour.",
        ),
        Panel(
            "Time of a batch",
            "s",
            _quantiles("inkgate_consumer_batch_seconds", "job"),
            "One transaction: mostly the database's time.",
        ),
    ],
    "PostgreSQL and processes": [
        Panel(
            "Size of the databases",
            "bytes",
            {
                "{{job}}": "max by (job) (inkgate_database_bytes{$})",
                "limit of {{job}}": "max by (job) (inkgate_database_bytes_limit{$} > 0)",
            },
            "The limit is INKGATE_DATABASE_BYTES_MAX.",
        ),
        Panel(
            "Connections",
            "none",
            {
                "{{job}}": "max by (job) (inkgate_database_connections{$})",
                "limit of {{job}}": "max by (job) (inkgate_database_connections_limit{$})",
            },
            "Of each service's database server, everybody's.",
        ),
        Panel(
            "What is missing",
            "none",
            {"{{job}} {{part}}": "1 - min by (job, part) (inkgate_ready{$})"},
            "1 while a part is not there.",
        ),
        Panel(
            "CPU",
            "percentunit",
            {"{{job}}": f"sum by (job) (rate(process_cpu_seconds_total{_OURS}[$__rate_interval]))"},
            "Of one core, all replicas together; a replica uses one at most.",
        ),
        Panel(
            "Memory",
            "bytes",
            {"{{job}}": f"max by (job) (process_resident_memory_bytes{_OURS})"},
            "Of the largest replica.",
        ),
        Panel(
            "Tasks that failed",
            "none",
            {"{{job}} {{task}}": "sum by (job, task) (increase(inkgate_task_failures_total{$}[15m])) > 0"},
            "They are started again.",
        ),
    ],
}
