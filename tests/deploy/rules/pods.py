"""Rules for what runs in a pod, and how it starts and stops."""

from collections.abc import Iterator

from tests.deploy.helm import Objects
from tests.deploy.rules.looking import each, megabytes, of, selects, workloads

# A service stops within 10 s of SIGTERM (PROTOCOL §5, kept by tests/common/test_service.py).
DRAIN_S = 10
SAFE_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def restricted(objects: Objects) -> Iterator[str]:
    """A cluster that enforces the Pod Security Standard 'restricted' refuses the pod else: the controls of that page,
    baseline's too (kubernetes.io/docs/concepts/security/pod-security-standards)."""
    for workload in workloads(objects):
        pod, name = workload.pod, workload.name
        security = pod.get("securityContext", {})
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.get(field):
                yield f"{name}: {field}"
        for volume in pod.get("volumes", []):
            if not SAFE_VOLUMES & volume.keys():
                yield f"{name}: volume {volume['name']} is of no allowed kind"
        if security.get("sysctls"):
            yield f"{name}: sets sysctls"
        for container in workload.containers:
            own = container.get("securityContext", {})
            both = security | own
            where = f"{name}: {container['name']}"
            if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
                yield f"{where} may run as root"
            if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
                yield f"{where} has no seccomp profile"
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
                yield f"{where} may gain privileges"
            if "ALL" not in own.get("capabilities", {}).get("drop", []):
                yield f"{where} keeps capabilities"
            if set(own.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
                yield f"{where} adds capabilities"
            if own.get("procMount", "Default") != "Default" or both.get("seLinuxOptions") or both.get("windowsOptions"):
                yield f"{where} sets procMount, seLinuxOptions or windowsOptions"
            if any("hostPort" in port for port in container.get("ports", [])):
                yield f"{where} takes a port of its host"


def read_only(objects: Objects) -> Iterator[str]:
    """The standard does not ask for it, we do: who breaks in can leave nothing behind."""
    for workload, container in each(objects):
        if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{workload.name}: {container['name']} can write to its image"


def no_token(objects: Objects) -> Iterator[str]:
    """No service talks to the API server, so no pod has a token for it; and none shares the namespace's default
    account."""
    accounts = {item["metadata"]["name"]: item for item in of(objects, "ServiceAccount")}
    for account in accounts.values():
        if account.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount/{account['metadata']['name']}: mounts tokens"
    for workload in workloads(objects):
        if workload.pod.get("automountServiceAccountToken") is not False:
            yield f"{workload.name}: mounts a token"
        if workload.pod.get("serviceAccountName") not in accounts:
            yield f"{workload.name}: has no ServiceAccount of its own"


def has_resources(objects: Objects) -> Iterator[str]:
    """Without requests the scheduler packs blindly; without a memory limit one leak takes its neighbours along. A CPU
    limit is not asked for: it throttles a single event loop long before the node is busy."""
    for workload, container in each(objects):
        resources = container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        where = f"{workload.name}: {container['name']}"
        if not {"cpu", "memory"} <= requests.keys() or "memory" not in limits:
            yield f"{where} lacks requests or a memory limit"
        elif megabytes(limits["memory"]) < megabytes(requests["memory"]):
            yield f"{where} may use less memory than it asks for"


def probes_differ(objects: Objects) -> Iterator[str]:
    """Live asks the process alone: restarting it when PostgreSQL or Kafka is down makes an outage worse. Ready asks for
    what the service needs. Start gives it time, and nothing is killed sooner than it is taken out of its Service."""
    for workload, container in each(objects, "Deployment"):
        where = f"{workload.name}: {container['name']}"
        probes = {kind: container.get(f"{kind}Probe") for kind in ("startup", "liveness", "readiness")}
        if not all(probes.values()):
            yield f"{where} lacks a probe"
            continue
        paths = {kind: probe["httpGet"]["path"] for kind, probe in probes.items() if probe}
        if paths != {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}:
            yield f"{where}: wrong paths {paths}"
        spans = {
            kind: probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
            for kind, probe in probes.items()
            if probe
        }
        if spans["liveness"] < 3 * spans["readiness"] or spans["startup"] < 30:
            yield f"{where}: is killed too soon ({spans})"
        ports = [port["name"] for port in container.get("ports", [])]
        if any(probe["httpGet"]["port"] not in ports for probe in probes.values() if probe):
            yield f"{where}: a probe asks at a port that is not there"


def stops_gracefully(objects: Objects) -> Iterator[str]:
    """Proxies go on sending for some seconds after a pod was taken from its Service, so it serves on before SIGTERM;
    and it is killed only after its drain. The sleep is the kubelet's own: the image needs no shell."""
    for workload, container in each(objects, "Deployment"):
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if sleep < 1:
            yield f"{workload.name}: {container['name']} has no preStop sleep"
        if workload.pod.get("terminationGracePeriodSeconds", 30) <= sleep + DRAIN_S:
            yield f"{workload.name}: is killed before it has drained"


def image_is_pinned(objects: Objects) -> Iterator[str]:
    """A tag that moves makes two pods of one Deployment differ; all pods of an installation run the same version."""
    images = {container["image"] for _, container in each(objects)}
    if len(images) > 1:
        yield f"several images: {sorted(images)}"
    for image in images:
        tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"{image}: no fixed tag"


def keeps_serving(objects: Objects) -> Iterator[str]:
    """A rolling update takes no pod away before a new one is ready."""
    for workload in workloads(objects, "Deployment"):
        strategy = workload.item["spec"].get("strategy", {})
        if strategy.get("type") != "RollingUpdate" or strategy.get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{workload.name}: has fewer pods during an update"


def is_spread(objects: Objects) -> Iterator[str]:
    """One zone or one host that fails takes no service away whole; only pods of the same service count."""
    for workload in workloads(objects, "Deployment"):
        spread = workload.pod.get("topologySpreadConstraints", [])
        keys = {one["topologyKey"] for one in spread}
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{workload.name}: is spread over {sorted(keys)}"
        for one in spread:
            selector = one["labelSelector"]
            others = [w for w in workloads(objects, "Deployment") if w is not workload]
            mine = selects(selector, workload.labels)
            if not mine or any(w.item != workload.item and selects(selector, w.labels) for w in others):
                yield f"{workload.name}: spreads other pods than its own over {one['topologyKey']}"
