"""Media that clients send: stored uploads, or a small picture made from the id. Kept in memory, bounded.

Shapes: WhatsApp Cloud API, 'Media › Retrieve media URL' (sha256 in hex there, in base64 in webhooks).
"""

import base64
import hashlib
import struct
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Response

from inkgate.sandbox.graph_errors import GraphError

if TYPE_CHECKING:
    from inkgate.sandbox.graph import Graph

MEDIA_MAX = 500
MEDIA_BYTES_MAX = 5_000_000


class Medium(msgspec.Struct):
    """One file."""

    id: str
    mime_type: str
    data: bytes

    @property
    def sha256_base64(self) -> str:
        """As webhooks carry it."""
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()


class MediaStore:
    """Files by id; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._media: dict[str, Medium] = {}
        self._n = 0

    def add(self, mime_type: str | None, data: bytes | None, media_id: str | None = None) -> Medium:
        """Keep a file. Without `data`: a small picture, its colour made from the id."""
        self._n += 1
        media_id = media_id or str(1_000_000_000_000_000 + self._n)
        if data is None:
            data = tiny_png(media_id)
            mime_type = mime_type or "image/png"
        medium = Medium(media_id, mime_type or "application/octet-stream", data)
        self._media[media_id] = medium
        if len(self._media) > MEDIA_MAX:
            del self._media[next(iter(self._media))]
        return medium

    def get(self, media_id: str) -> Medium | None:
        """The file with that id."""
        return self._media.get(media_id)

    def describe(self, graph: "Graph", authorization: str | None, media_id: str, base_url: str) -> Response[bytes]:
        """Answer `GET /{version}/{media_id}`."""
        try:
            medium = self._authorized(graph, authorization, media_id)
        except GraphError as error:
            return _refusal(error)
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "url": f"{base_url}/graph-media/{medium.id}",
            "mime_type": medium.mime_type,
            "sha256": hashlib.sha256(medium.data).hexdigest(),
            "file_size": len(medium.data),
            "id": medium.id,
        }
        return Response(msgspec.json.encode(body), media_type="application/json")

    def download(self, graph: "Graph", authorization: str | None, media_id: str) -> Response[bytes]:
        """Answer the GET of a media url: the bytes."""
        try:
            medium = self._authorized(graph, authorization, media_id)
        except GraphError as error:
            return _refusal(error)
        return Response(medium.data, media_type=medium.mime_type)

    def _authorized(self, graph: "Graph", authorization: str | None, media_id: str) -> Medium:
        if not graph.authorized(None if authorization is None else authorization.encode()):
            raise GraphError(190, "The access token is missing or not the one this sandbox was started with.")
        medium = self._media.get(media_id)
        if medium is None:
            raise GraphError(
                100,
                f"Unsupported get request. Object with ID '{media_id}' does not exist, cannot be loaded due to missing "
                "permissions, or does not support this operation.",
                subcode=33,
            )
        return medium


def _refusal(error: GraphError) -> Response[bytes]:
    return Response(error.body(), status_code=error.http_status, media_type="application/json")


def tiny_png(seed: str, side_px: int = 96) -> bytes:
    """A square PNG: two diagonal tones whose colours come from `seed`."""
    digest = hashlib.sha256(seed.encode()).digest()
    dark, light = bytes(byte // 2 for byte in digest[:3]), bytes(128 + byte // 2 for byte in digest[:3])
    rows = bytearray()
    for y in range(side_px):
        rows.append(0)
        for x in range(side_px):
            rows += dark if (x + y) % 24 < 12 else light
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows)))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
