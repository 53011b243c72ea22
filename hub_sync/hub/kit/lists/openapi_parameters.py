"""A list's query parameters as the OpenAPI describes them, one by one."""

from typing import Any

from hub_sync.hub.kit.lists.list_query import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, ListSpecification


def item_parameters(specification: ListSpecification) -> list[dict[str, Any]]:
    """Of one resource."""
    told = [_names("fields", sorted(specification.fields), "Only these fields. Left out: all of them.")]
    if specification.expands:
        told.append(_names("expand", sorted(specification.expands), "What else to tell beside the resource."))
    return told


def list_parameters(specification: ListSpecification) -> list[dict[str, Any]]:
    """Of a list."""
    sorts = [way + name for name in sorted(specification.sorts) for way in ("", "-")]
    usual = ",".join(("-" if down else "") + name for name, down in specification.default_sort)
    told = [
        _one(
            "limit", "How many at most.", type="integer", minimum=1, maximum=MAX_LIMIT, default=DEFAULT_LIMIT
        ),
        _one("cursor", "Go on where `meta.next_cursor` of the last answer says.", type="string"),
        _one(
            "page",
            "Page number, instead of a cursor: then `meta` counts pages and total.",
            type="integer",
            minimum=1,
            maximum=MAX_PAGE,
        ),
        _names("sort", sorts, f"In which order; `-` descends. Left out: `{usual}`. The id breaks ties."),
        *item_parameters(specification),
    ]
    if specification.searchable:
        told.append(_one("q", "Only where every word occurs.", type="string", maxLength=200))
    return told + [one.parameter() for one in specification.filters.values()]


def _one(name: str, about: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": schema}


def _names(name: str, allowed: list[str], about: str) -> dict[str, Any]:
    items = {"type": "string", "enum": allowed}
    return _one(name, about, type="array", items=items, minItems=1) | {"style": "form", "explode": False}
