"""Files that callers send: written to a temporary file while they come, so that their length takes no memory.

A route declares `takes_file=BYTES`; its caller is authorized before the first byte is read. The file comes as the field
`file` of a form (`multipart/form-data`), or as the whole body. The temporary file has no name, so that the system removes it
whatever happens to this process.
"""

import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request

from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.i18n import N_

FILE_FIELD = "file"
FILE_NAME_PARAMETER = "file_name"
OVERHEAD = 64 * 1024
"""Bytes of a form beside its file."""
LONGEST_NAME = 200
_MOST_FIELDS = 60
_PIECE = 1024 * 1024


class FileMissing(Unprocessable):
    """The form has no file."""

    template = N_("Choose a file.")


@dataclass
class Upload:
    """A file that was sent.

    Attributes:
        name: as its sender calls it, without folders.
        file: the open temporary file.
        size: in bytes.
        sha256: of its content, as hexadecimal digits.
        fields: the other fields of the form.
    """

    name: str
    file: BinaryIO
    size: int
    sha256: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


async def receive_upload(request: Request) -> Upload:
    """Receive the file of a request.

    Raises:
        HubError: 413, it is too large; 400, the connection ended.
    """
    if "form" in request.headers.get("content-type", "").lower():
        return await _receive_form(request)
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - its taker closes it
    try:
        await _write(request, file)
    except BaseException:
        file.close()
        raise
    name = request.query_params.get(FILE_NAME_PARAMETER, "")
    return await run_in_threadpool(_upload, name, file, {})


async def _write(request: Request, file: BinaryIO) -> None:
    pending = bytearray()
    async for piece in request.stream():
        pending += piece
        if len(pending) >= _PIECE:
            await run_in_threadpool(file.write, bytes(pending))
            pending.clear()
    await run_in_threadpool(file.write, bytes(pending))


async def _receive_form(request: Request) -> Upload:
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=OVERHEAD)
    fields = {
        name: [value for value in form.getlist(name) if isinstance(value, str)]
        for name in form
        if name != FILE_FIELD
    }
    sent = form.get(FILE_FIELD)
    if not isinstance(sent, UploadFile):
        return Upload("", io.BytesIO(), 0, "", fields)
    spooled: Any = sent.file
    await run_in_threadpool(spooled.rollover)  # a child process reads it: it has to be a file of the system
    return await run_in_threadpool(_upload, sent.filename or "", spooled, fields)


def _upload(name: str, file: BinaryIO, fields: Mapping[str, Sequence[str]]) -> Upload:
    file.flush()
    size, sha256 = digest_of(file)
    return Upload(base_name(name), file, size, sha256, fields)


def digest_of(file: BinaryIO) -> tuple[int, str]:
    """Return size and SHA-256 of a file, which is then at its beginning."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return size, digest.hexdigest()


def base_name(name: str) -> str:
    r"""Return the name of a file without folders and what can't be stored.

    >>> base_name("C:\\Users\\Ada\\people.csv"), base_name("../people.csv")
    ('people.csv', 'people.csv')
    """
    last = unquote(name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(character for character in last if character.isprintable())
    return clean.encode("utf-8", "ignore").decode().strip()[-LONGEST_NAME:]
