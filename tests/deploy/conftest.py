"""What tests of the chart share: Helm, and one rendering with everything switched on."""

from pathlib import Path

import pytest

from tests.deploy import admission, golang, helm, schemas

FOUR = {
    "image.repository": "registry.example/inkgate",
    "publicUrl": "https://studio.example",
    "whatsapp.phoneNumberIds": ["106540352242922"],
    "kafka.bootstrap": "kafka.kafka:9093",
}
SOMEBODY = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "somewhere"}}}]
EVERYTHING = FOUR | {
    "ingress.enabled": True,
    "ingress.controller": "nginx",
    "ingress.tlsSecretName": "studio-tls",
    "ingress.console.enabled": True,
    "ingress.console.host": "console.studio.example",
    "networkPolicy.ingressFrom": SOMEBODY,
    "networkPolicy.metricsFrom": SOMEBODY,
    "metrics.serviceMonitor.enabled": True,
    "metrics.prometheusRule.enabled": True,
    "metrics.dashboard.enabled": True,
    "traces.endpoint": "http://collector.monitoring:4318",
    "services.intake.autoscaling.enabled": True,
    "services.dialogue.autoscaling.enabled": True,
    "services.sender.autoscaling.enabled": True,
    "keda.authenticationRef": "kafka",
    "keda.prometheusAddress": "http://prometheus.monitoring:9090",
    "studio.files": {"studio.toml": "name = 'Needle'\n"},
    "studio.artistNumbers": ["447700900123"],
    "kafka.caSecret.name": "kafka-cluster-ca-cert",
}


@pytest.fixture(scope="session")
def chart() -> Path:
    """The chart's folder, on a machine that can render and check it."""
    try:
        for build in (helm.helm, schemas.operators, admission.program):
            build()
    except golang.NoGo as reason:
        pytest.skip(f"the chart cannot be rendered and checked: {reason}")
    return helm.CHART


@pytest.fixture(scope="session")
def everything(chart: Path) -> helm.Objects:
    """The chart with all its parts."""
    return helm.objects(helm.template(values=EVERYTHING))
