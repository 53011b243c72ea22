"""`doorward-station decode`: the gate's decode pipeline over picture files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from hardware.camera import InvalidImageError, read_image
from hardware.codes import CodeReader, engines_available
from hardware.errors import DeviceMissing


def decode(
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGE", help="Picture files: png, jpg, webp and others.")
    ],
    as_json: Annotated[
        bool,
        typer.Option("--json", help='A line {"file", "texts", "ms"} each, "error" where it cannot be read.'),
    ] = False,
) -> None:
    """Read the QR codes in pictures, exactly as a gate reads them in its camera's frames.

    A picture without a code is no error. Exits 1 where a file could not be read as a picture.
    """
    try:
        reader = CodeReader()
    except DeviceMissing as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(1) from missing
    for status in engines_available():
        if not status.available:
            typer.echo(status.message, err=True)
    failed = False
    for result in _results(reader, images):
        failed = failed or "error" in result
        _print_result(result, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _results(reader: CodeReader, images: list[str]) -> Iterator[dict[str, Any]]:
    for image in images:
        try:
            picture = read_image(Path(image))
        except InvalidImageError as fault:
            yield _failed(image, str(fault))
        except OSError as fault:
            yield _failed(image, fault.strerror or "the file cannot be read")
        except (ValueError, MemoryError):  # a NUL in the name; a picture larger than the machine
            yield _failed(image, "the file cannot be read")
        else:
            reading = reader.read(picture)
            yield {"file": image, "texts": list(reading.texts), "ms": round(reading.elapsed_ms, 2)}


def _failed(image: str, error: str) -> dict[str, Any]:
    return {"file": image, "texts": [], "ms": 0.0, "error": error}


def _print_result(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result))
        return
    name = result["file"].encode("utf-8", "replace").decode()
    if "error" in result:
        typer.echo(f"{name}: {result['error']}", err=True)
        return
    # quoted, as a code may hold line breaks
    texts = ", ".join(json.dumps(text, ensure_ascii=False) for text in result["texts"])
    typer.echo(f"{name}: {texts or 'no code'} ({result['ms']:.1f} ms)")
