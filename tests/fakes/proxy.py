"""An egress proxy of a cluster: CONNECT (RFC 9110, 9.3.6) on the loopback address. Whatever name it is asked for, it leads
to one server here, by a door with TLS; the certificate is the authority too."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

HOST = "127.0.0.1"
NAMES = ("graph.example", "api.stripe.example")
OPENSSL = shutil.which("openssl")

needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not here, and Python makes no certificates")


class Proxy:
    """`refuses`: what it answers instead of connecting, such as `407 Proxy Authentication Required`."""

    def __init__(self, certificate: Path) -> None:
        self.certificate = certificate
        self.url = ""
        self.asked: list[tuple[str, str | None]] = []
        """Where to it was asked to connect, and with which `Proxy-Authorization`."""
        self.heard = ""
        """All that came in clear."""
        self.refuses: str | None = None
        self.door = 0

    def trusted(self) -> ssl.SSLContext:
        """Trusts the door."""
        return ssl.create_default_context(cafile=self.certificate)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.heard += "\n".join(head)
        method, target, _ = head[0].split()
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        raw = next((line.split(": ", 1)[1] for line in head if line.lower().startswith("proxy-authorization")), None)
        assert method == "CONNECT" and headers["host"].startswith(target.partition(":")[0])
        self.asked.append((target, raw))
        if self.refuses is not None:
            writer.write(f"HTTP/1.1 {self.refuses}\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join(reader, writer, self.door)


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    behind, to_behind = await asyncio.open_connection(HOST, port)

    async def copy(one: asyncio.StreamReader, other: asyncio.StreamWriter) -> None:
        try:
            while data := await one.read(65_536):
                other.write(data)
        except ConnectionError:
            pass
        finally:
            other.close()

    await asyncio.gather(copy(reader, to_behind), copy(behind, writer))


def certificate_and_key(folder: Path) -> tuple[Path, Path]:
    """A certificate that is its own authority, for NAMES and this machine, and its key; both PEM."""
    assert OPENSSL is not None
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = ",".join([f"IP:{HOST}", *(f"DNS:{name}" for name in NAMES)])
    subprocess.run(
        [
            *(OPENSSL, "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=test"),
            *("-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@asynccontextmanager
async def proxy_to(port: int, folder: Path) -> AsyncIterator[Proxy]:
    """A proxy to the server at `port`, which talks plain HTTP. `folder`: for the certificate."""
    certificate, key = await asyncio.to_thread(certificate_and_key, folder)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    proxy = Proxy(certificate)

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, port)

    async with (
        await asyncio.start_server(through, HOST, 0, ssl=tls) as door,
        await asyncio.start_server(proxy.take, HOST, 0) as server,
    ):
        proxy.door, proxy.url = _port(door), f"http://{HOST}:{_port(server)}"
        yield proxy


def _port(server: Any) -> int:
    return int(server.sockets[0].getsockname()[1])
