"""Static files of the console (styles, scripts, icons): read once, served under an address that changes with them."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from hub_sync.hub.console.i18n.translation import N_
from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.http.compression import IDENTITY, WORTH_PACKING, accepted_encoding, compress

FOLDER = Path(__file__).parent / "assets"
_FOR_EVER = "public, max-age=31536000, immutable"
_WORKER = "_worker.js"
WORKER_CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""The policy of a script that runs as a worker: it has no page, and its policy is its own. Only there may WebAssembly run."""


class FileNotThere(NotFound, variant=True):
    """There is no static file of this name."""

    template = N_("There is no such file.")


class Static:
    """The files of the assets folder; the parts in `css/` together are `console.css`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        styles = [content for name, content in files.items() if name.startswith("css/")]
        self._files = {name: content for name, content in files.items() if not name.startswith("css/")}
        self._files["console.css"] = b"\n".join(styles)
        digest = hashlib.sha256()
        for name, content in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + content + b"\0")
        self.version = digest.hexdigest()[:12]
        self._compressed: dict[tuple[str, str], bytes] = {}

    def url(self, name: str) -> str:
        """Return the address of a file."""
        if name not in self._files:
            raise LookupError(f"there is no asset {name}")
        return f"/assets/{self.version}/{name}"

    def icon(self, name: str) -> Markup:
        """Return an inline icon; it has the text's colour and is hidden from screen readers."""
        return Markup(self._files[f"icons/{name}.svg"].decode())  # noqa: S704 - a file of our own

    def answer(self, version: str, name: str, accepted: str = "") -> Response:
        """Return a file; under an outdated version it is not cached, since it may have changed.

        Args:
            version: the version in the address.
            name: the file.
            accepted: the request's Accept-Encoding; a text is compressed once and remembered.

        Raises:
            NotFound.
        """
        content = self._files.get(name)
        if content is None:
            raise FileNotThere
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {
            "Cache-Control": _FOR_EVER if version == self.version else "no-store",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if name.endswith(_WORKER):
            headers["Content-Security-Policy"] = WORKER_CSP
        encoding = accepted_encoding(accepted)
        if encoding != IDENTITY and len(content) >= WORTH_PACKING and not kind.startswith("font/"):
            headers["Content-Encoding"] = encoding
            content = self._compress(name, encoding, content)
        return Response(content, media_type=kind, headers=headers)

    def _compress(self, name: str, encoding: str, content: bytes) -> bytes:
        if (name, encoding) not in self._compressed:
            self._compressed[name, encoding] = compress(content, encoding)
        return self._compressed[name, encoding]


@cache
def own_files() -> Static:
    """Return the console's files, read once."""
    return Static()


router = APIRouter(include_in_schema=False)


@router.get("/assets/{version}/{name:path}")
async def asset(request: Request, version: str, name: str) -> Response:
    """Serve a static file of the console."""
    static: Static = request.app.state.console.static
    return static.answer(version, name, request.headers.get("accept-encoding", ""))
