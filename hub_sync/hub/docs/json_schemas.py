"""JSON schemas as people read them: a row a field, an example, no `$ref`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
DEEPEST = 5
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "pattern": "like {}",
}
_MOST_VALUES = 60
_EXAMPLES: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None, "string": "text"}
_FORMATS = {
    "date-time": "2026-06-10T08:00:00Z",
    "date": "2026-06-10",
    "uri": "https://example.org/",
    "binary": "…",
}


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """A field: its name as a path (`data[].name`), its type in words, what is told about it."""

    name: str
    depth: int
    type: str
    required: bool
    about: str
    values: Sequence[str] = ()
    bounds: Sequence[str] = ()


class Schemas:
    """The components of one OpenAPI."""

    def __init__(self, components: Schema) -> None:
        self._known: Schema = components.get("schemas", {})

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema itself; of "this or null" the first part, and of several choices the first."""
        for _ in range(DEEPEST * 2):
            if "$ref" in schema:
                siblings = {name: value for name, value in schema.items() if name != "$ref"}
                schema = {**self._known.get(schema["$ref"].rpartition("/")[2], {}), **siblings}
            elif "allOf" in schema and len(schema["allOf"]) == 1:
                schema = {**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}}
            elif choices := schema.get("anyOf") or schema.get("oneOf"):
                meant = [choice for choice in choices if choice.get("type") != "null"] or choices
                siblings = {k: v for k, v in schema.items() if k not in ("anyOf", "oneOf")}
                schema = {**meant[0], **siblings}
            else:
                break
        return schema

    def rows(self, schema: Schema) -> list[SchemaRow]:
        """Return rows of the fields and their nested fields, to a bounded depth."""
        return list(self._rows(schema, 0, frozenset()))

    def _rows(self, schema: Schema, depth: int, above: frozenset[str]) -> Iterator[SchemaRow]:
        name = schema.get("$ref", "")
        schema = self.resolved(schema)
        if name in above or depth >= DEEPEST:
            return
        above = above | ({name} if name else set())
        if schema.get("type") == "array":
            yield from self._rows(schema.get("items", {}), depth, above)
            return
        required = schema.get("required", ())
        for field, field_schema in schema.get("properties", {}).items():
            yield self.row(field, field_schema, depth, required=field in required)
            yield from self._rows(field_schema, depth + 1, above)

    def row(
        self, name: str, schema: Schema, depth: int = 0, *, required: bool = False, about: str = ""
    ) -> SchemaRow:
        """Return the row of one field or parameter."""
        meant = self.resolved(schema)
        items = self.resolved(meant.get("items", {})) if meant.get("type") == "array" else {}
        values = meant.get("enum") or items.get("enum") or ()
        return SchemaRow(
            name=name,
            depth=depth,
            type=self.type_of(schema),
            required=required,
            about=about or (schema if items else meant).get("description", ""),
            values=[str(value) for value in values[:_MOST_VALUES]],
            bounds=[*_bounds(meant), *_bounds(items), *_default(schema)],
        )

    def type_of(self, schema: Schema) -> str:
        """Return the type in words."""
        meant = self.resolved(schema)
        kind = meant.get("type", "object" if "properties" in meant else "any")
        if kind == "array":
            words = f"list of {self.type_of(meant.get('items', {}))}"
        elif isinstance(kind, list):
            words = " or ".join(map(str, kind))
        else:
            words = {"date-time": "time", "date": "day", "binary": "bytes"}.get(
                meant.get("format", ""), str(kind)
            )
        return f"{words} or null" if _may_be_null(schema) else words

    def example(self, schema: Schema, depth: int = 0) -> Any:
        """Return an example of the schema: its own, else a generated one."""
        schema = self.resolved(schema)
        examples = _own_example(schema)
        if examples:
            return examples[0]
        if depth >= DEEPEST:
            return None
        if "properties" in schema:
            return {
                name: self.example(field_schema, depth + 1)
                for name, field_schema in schema["properties"].items()
            }
        if schema.get("type") == "array":
            return [self.example(schema.get("items", {}), depth + 1)]
        if schema.get("type") == "object":
            return {}
        return _FORMATS.get(schema.get("format", ""), _EXAMPLES.get(schema.get("type", ""), "text"))


def _own_example(schema: Schema) -> list[Any]:
    """Return the examples in the schema itself."""
    examples = schema.get("examples") or schema.get("enum") or ()
    values = list(examples.values() if isinstance(examples, dict) else examples)
    return values + [schema[name] for name in ("example", "const", "default") if name in schema]


def _bounds(schema: Schema) -> Iterator[str]:
    for name, words in _BOUNDS.items():
        if name == "minLength" and schema.get(name) == 1:
            yield "not empty"
        elif name in schema:
            bound = schema[name]
            whole = isinstance(bound, float) and bound.is_integer()
            yield words.format(int(bound) if whole else bound)


def _default(schema: Schema) -> Iterator[str]:
    if schema.get("default") is not None:
        yield f"otherwise {schema['default']}"


def _may_be_null(schema: Schema) -> bool:
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", ()))
