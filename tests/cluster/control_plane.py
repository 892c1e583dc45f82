"""A Kubernetes of its own on the loopback address: etcd, API server, controllers, scheduler, and KWOK where kubelets would
be. Plain processes, without root and without a container. The servers are the real ones, so what they take, refuse,
count and order is real; nothing runs in the pods (`stages.yaml`)."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inkgate.local.pids import POLL_S
from inkgate.local.ports import HOST, free_port
from inkgate.processes import ServiceFailed, ServiceProcess, terminate_all
from tests.deploy.helm import Objects

ZONES = ("a", "b", "c")
NODES_A_ZONE = 2
START_S_MAX = 120
COMMAND_S_MAX = 300
STAGES = Path(__file__).with_name("stages.yaml")


class Refused(Exception):
    """What kubectl said when the server did not do it."""


@dataclass(frozen=True)
class ControlPlane:
    """One that is up."""

    programs: Path
    kubeconfig: Path

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """What kubectl prints. Refused with its complaint."""
        done = subprocess.run(
            [self.programs / "kubectl", "--kubeconfig", self.kubeconfig, *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
        )
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout

    def get(self, kinds: str, *arguments: str) -> Objects:
        """Objects of these kinds, as the server has them."""
        found: Objects = json.loads(self.kubectl("get", kinds, *arguments, "--output", "json"))["items"]
        return found

    @contextmanager
    def watching_pods(self, namespace: str) -> Iterator[Objects]:
        """Fills the list, at the end of the block, with every state of every pod since its beginning, in the order in which
        the server took them; `event` is ADDED, MODIFIED or DELETED."""
        path = f"/api/v1/namespaces/{namespace}/pods"
        file = self.kubeconfig.with_name(f"watched-{secrets.token_hex(4)}")
        seen: Objects = []
        first = json.loads(self.kubectl("get", "--raw", path))
        since = first["metadata"]["resourceVersion"]
        command = ["get", "--raw", f"{path}?watch=true&resourceVersion={since}"]
        with file.open("wb") as out:
            watch = subprocess.Popen([self.programs / "kubectl", "--kubeconfig", self.kubeconfig, *command], stdout=out)
        try:
            yield seen

            def caught_up() -> bool:
                seen[:] = [item | {"event": "ADDED"} for item in first["items"]]
                lines = file.read_text().splitlines(keepends=True)
                changes = [json.loads(line) for line in lines if line.endswith("\n")]
                seen.extend(change["object"] | {"event": change["type"]} for change in changes)
                return versions(standing(seen)) == versions(self.get("pods", "--namespace", namespace))

            until(caught_up, "the watch saw all of it")
        finally:
            watch.terminate()
            watch.wait()


def versions(objects: Objects) -> dict[str, str]:
    return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in objects}


def standing(changes: Objects) -> Objects:
    """What is there after these changes."""
    there = {item["metadata"]["name"]: item for item in changes}
    return [item for item in there.values() if item["event"] != "DELETED"]


def until(is_so: Callable[[], bool], what: str, seconds_max: float = START_S_MAX) -> None:
    """Waits for it. AssertionError that names it where it does not come."""
    deadline = time.monotonic() + seconds_max
    while not is_so():
        assert time.monotonic() < deadline, f"waited {seconds_max:.0f} s until {what}"
        time.sleep(POLL_S)


@contextmanager
def started(programs: Path, folder: Path) -> Iterator[ControlPlane]:
    """A control plane with nodes in three zones, while the block lasts; its files and logs are in the folder."""
    ports: list[int] = []
    for _ in range(4):
        ports.append(free_port(frozenset(ports)))
    etcd_port, peer_port, server_port, kwok_port = ports
    etcd, server = f"http://{HOST}:{etcd_port}", f"https://{HOST}:{server_port}"
    token = secrets.token_hex(16)
    key, tokens, certificates = folder / "service-accounts.pem", folder / "tokens.csv", folder / "certificates"
    key.write_text(_elliptic_key())
    tokens.write_text(f'{token},tests,tests,"system:masters"\n')
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(_kubeconfig(server, token, certificates / "apiserver.crt"))
    plane = ControlPlane(programs, kubeconfig)
    joined = {"kubeconfig": kubeconfig}
    alone = {"leader-elect": "false", "secure-port": 0}
    commands: dict[str, dict[str, object]] = {
        "server": {
            "data-dir": folder / "etcd",
            "listen-client-urls": etcd,
            "advertise-client-urls": etcd,
            "listen-peer-urls": f"http://{HOST}:{peer_port}",
            "initial-advertise-peer-urls": f"http://{HOST}:{peer_port}",
            "initial-cluster": f"default=http://{HOST}:{peer_port}",
            "unsafe-no-fsync": "true",
        },
        "kube-apiserver": {
            "etcd-servers": etcd,
            "bind-address": HOST,
            "advertise-address": HOST,
            "secure-port": server_port,
            "cert-dir": certificates,
            "token-auth-file": tokens,
            "authorization-mode": "RBAC",
            "endpoint-reconciler-type": "none",  # it may not name itself by a loopback address
            "service-cluster-ip-range": "10.96.0.0/16",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
        },
        "kube-controller-manager": joined
        | alone
        | {"service-account-private-key-file": key, "root-ca-file": certificates / "apiserver.crt"},
        "kube-scheduler": joined | alone,
        "kwok": joined
        | {
            "config": STAGES,
            "manage-all-nodes": "true",
            "node-lease-duration-seconds": 40,
            "server-address": f"{HOST}:{kwok_port}",
        },
    }
    processes = [
        ServiceProcess(
            name, [str(programs / name), *(f"--{option}={value}" for option, value in options.items())], {},
            folder / f"{name}.log",
        )
        for name, options in commands.items()
    ]  # fmt: skip
    try:
        for process in processes:
            process.start()
            if process.name == "kube-apiserver":
                until(lambda: _is_ready(plane, processes), "the API server was ready")
        plane.kubectl("create", "--filename", "-", given=json.dumps(_nodes()))
        until(lambda: bool(plane.get("serviceaccounts", "--namespace", "default")), "the controllers worked")
        plane.kubectl("wait", "node", "--all", "--for", "condition=Ready", "--timeout", f"{START_S_MAX}s")
        yield plane
    finally:
        terminate_all(processes[::-1])


def _is_ready(plane: ControlPlane, processes: list[ServiceProcess]) -> bool:
    for process in processes[:2]:
        if not process.is_running:
            raise ServiceFailed(f"{process.name} ended with code {process.returncode}; its log:\n{process.log_tail()}")
    try:
        return plane.kubectl("get", "--raw", "/readyz") == "ok"
    except Refused:
        return False


def _nodes() -> dict[str, object]:
    room = {"cpu": "8", "memory": "16Gi", "pods": "50"}
    names = [(zone, f"{zone}{number}") for zone in ZONES for number in range(NODES_A_ZONE)]
    nodes = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone},
            },
            "status": {"capacity": room, "allocatable": room},
        }
        for zone, name in names
    ]
    return {"apiVersion": "v1", "kind": "List", "items": nodes}


def _kubeconfig(server: str, token: str, authority: Path) -> str:
    cluster = {"server": server, "certificate-authority": str(authority)}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tests", "cluster": cluster}],
            "users": [{"name": "tests", "user": {"token": token}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
            "current-context": "tests",
        }
    )


def _elliptic_key() -> str:
    """A new private key on the curve P-256, as PEM (RFC 5915; the public key, which may be left out, is)."""
    number, curve = secrets.token_bytes(32), bytes.fromhex("a00a06082a8648ce3d030107")
    body = bytes.fromhex("0201010420") + number + curve
    text = base64.encodebytes(bytes([0x30, len(body)]) + body).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n"
