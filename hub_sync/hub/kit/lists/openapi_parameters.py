"""The query parameters of lists as OpenAPI describes them."""

from typing import Any

from hub_sync.hub.kit.lists.query_parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, ListSpecification


def item_parameters(specification: ListSpecification) -> list[dict[str, Any]]:
    """Return the parameters of one resource."""
    parameters = [
        _names("fields", sorted(specification.fields), "Return only these fields. Default: all fields.")
    ]
    if specification.expands:
        needs = [
            f" `{name}` needs `{permission}`."
            for name, permission in sorted(specification.expand_permissions.items())
        ]
        description = "Related data to include." + "".join(needs)
        parameters.append(_names("expand", sorted(specification.expands), description))
    return parameters


def list_parameters(specification: ListSpecification) -> list[dict[str, Any]]:
    """Return the parameters of a list."""
    sorts = [direction + name for name in sorted(specification.sorts) for direction in ("", "-")]
    default_sort = ",".join(
        ("-" if descending else "") + name for name, descending in specification.default_sort
    )
    parameters = [
        _parameter(
            "limit",
            "The maximum number of rows.",
            type="integer",
            minimum=1,
            maximum=MAX_LIMIT,
            default=DEFAULT_LIMIT,
        ),
        _parameter("cursor", "`meta.next_cursor` of the previous page.", type="string"),
        _parameter(
            "page",
            "The page number, instead of a cursor; `meta` then has `pages` and `total`.",
            type="integer",
            minimum=1,
            maximum=MAX_PAGE,
        ),
        _names(
            "sort", sorts, f"The order; `-` is descending. Default: `{default_sort}`. The id breaks ties."
        ),
        *item_parameters(specification),
    ]
    if specification.searchable:
        parameters.append(_parameter("q", "Only rows that contain every word.", type="string", maxLength=200))
    return parameters + [column_filter.parameter() for column_filter in specification.filters.values()]


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _names(name: str, allowed: list[str], description: str) -> dict[str, Any]:
    items = {"type": "string", "enum": allowed}
    return _parameter(name, description, type="array", items=items, minItems=1) | {
        "style": "form",
        "explode": False,
    }
