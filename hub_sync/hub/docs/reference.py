"""The OpenAPI as the documentation page shows it: sections of operations."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from hub_sync.hub.docs.json_schemas import SchemaRow, Schemas

HUB = "https://hub.example.org"
STATIONS = "sync"
_METHODS = ("get", "post", "put", "patch", "delete")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Example:
    """A body: its media type and how it looks."""

    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class DocumentedResponse:
    """One status that an operation answers with."""

    status: str
    title: str
    about: str
    refusals: Sequence[tuple[str, str]] = ()
    """(code, what it means)."""
    rows: Sequence[SchemaRow] = ()
    example: Example | None = None
    headers: Sequence[tuple[str, str]] = ()

    @property
    def is_success(self) -> bool:
        """Return True for a status of success."""
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for."""

    id: str
    method: str
    path: str
    title: str
    about: str
    permissions: Sequence[str]
    credentials: Sequence[str]
    streams: bool
    parameters: Mapping[str, Sequence[SchemaRow]]
    """By where they stand: path, query, header."""
    body: Sequence[SchemaRow]
    body_example: Example | None
    answers: Sequence[DocumentedResponse]
    curl: str

    def holds(self, words: Sequence[str]) -> bool:
        """Return True if the operation contains all the words."""
        text = " ".join((self.method, self.path, self.title, self.about, *self.permissions)).casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Section:
    """Operations about one thing."""

    id: str
    title: str
    about: str
    operations: list[Operation] = field(default_factory=list)


class ApiReference:
    """All sections."""

    def __init__(self, openapi: Mapping[str, Any], hub: str = HUB) -> None:
        """Build the reference; `hub` is the address in the examples."""
        self.title, self.about = openapi["info"]["title"], openapi["info"].get("description", "")
        self._hub = hub.rstrip("/")
        self._schemas = Schemas(openapi.get("components", {}))
        sections = {
            tag["name"]: Section(
                tag["name"], tag.get("x-displayName", _title(tag["name"])), tag.get("description", "")
            )
            for tag in openapi.get("tags", ())
        }
        for path, of_path in openapi["paths"].items():
            for method in _METHODS:
                if method not in of_path:
                    continue
                tags = of_path[method].get("tags") or ["others"]
                tag = STATIONS if STATIONS in tags else tags[0]
                section = sections.setdefault(tag, Section(tag, _title(tag), ""))
                section.operations.append(self._operation(method, path, of_path[method]))
        filled = [section for section in sections.values() if section.operations]
        self.sections = sorted(filled, key=lambda section: section.id == STATIONS)

    def search(self, query: str) -> list[Section]:
        """Return the sections with only those operations that contain all the words."""
        words = query.casefold().split()
        some = [
            Section(
                section.id,
                section.title,
                section.about,
                [each for each in section.operations if each.holds(words)],
            )
            for section in self.sections
        ]
        return [section for section in some if section.operations]

    def _operation(self, method: str, path: str, operation: Mapping[str, Any]) -> Operation:
        parameters: dict[str, list[SchemaRow]] = {}
        for parameter in operation.get("parameters", ()):
            row = self._schemas.row(
                parameter["name"],
                parameter.get("schema", {}),
                required=parameter.get("required", False),
                about=parameter.get("description", ""),
            )
            parameters.setdefault(parameter["in"], []).append(row)
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get(_JSON, {}).get("schema", {})
        example = self._example(content)
        return Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            title=operation.get("summary", path),
            about=operation.get("description", ""),
            permissions=operation.get("x-permissions", ()),
            credentials=sorted({name for way in operation.get("security", ()) for name in way}),
            streams=bool(operation.get("x-streams")),
            parameters=parameters,
            body=self._schemas.rows(schema),
            body_example=example,
            answers=sorted(
                self._answers(operation["responses"]),
                key=lambda parameter: (not parameter.is_success, parameter.status),
            ),
            curl=self._curl(method.upper(), path, operation, example),
        )

    def _answers(self, responses: Mapping[str, Any]) -> Iterator[DocumentedResponse]:
        for status, response in responses.items():
            if status == "default":
                continue
            content = response.get("content", {})
            problems = content.get("application/problem+json", {}).get("examples", {})
            headers = [
                (name, header.get("description", "")) for name, header in response.get("headers", {}).items()
            ]
            yield DocumentedResponse(
                status=status,
                title=HTTPStatus(int(status)).phrase,
                about="" if problems else response.get("description", ""),
                refusals=[(name, header.get("summary", "")) for name, header in problems.items()],
                rows=self._schemas.rows(content.get(_JSON, {}).get("schema", {})),
                example=self._example(content) if status.startswith("2") else None,
                headers=headers if status.startswith("2") else (),
            )

    def _example(self, content: Mapping[str, Any]) -> Example | None:
        for media_type, content_schema in content.items():
            if media_type == _JSON:
                example = content_schema.get("example") or self._schemas.example(
                    content_schema.get("schema", {})
                )
                return Example(media_type, json.dumps(example, indent=2, ensure_ascii=False))
            return Example(media_type, str(content_schema.get("example", "")))
        return None

    def _curl(self, method: str, path: str, operation: Mapping[str, Any], body: Example | None) -> str:
        parts = [
            "curl",
            *(["-N"] if operation.get("x-streams") else []),
            *(["-X", method] if method != "GET" else []),
        ]
        lines = [f"{' '.join(parts)} {shlex.quote(self._hub + path)}"]
        ways = {name for way in operation.get("security", ()) for name in way}
        if "apiKey" in ways:
            lines.append("-H 'X-API-Key: ak_…'")
        elif "device" in ways:
            lines.append("-H 'Authorization: Bearer dw_…'")
        if method == "PUT" and "428" in operation["responses"]:
            lines.append("""-H 'If-Match: "1"'""")
        if body is not None and body.media_type == _JSON:
            lines.append("-H 'Content-Type: application/json'")
            lines.append(f"-d {shlex.quote(json.dumps(json.loads(body.text), ensure_ascii=False))}")
        return " \\\n  ".join(lines)


def _title(tag: str) -> str:
    return tag.replace("-", " ").replace("_", " ").capitalize()
