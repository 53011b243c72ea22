"""The language of templates: a part of Jinja2 in which no text can exhaust the hub.

Jinja2's own sandbox renders `'a' * 10**9` and endless loops without complaint (spec/field/4-messages.md, 4c). So a template is
checked before it is compiled: it may name variables of the catalogue, use the filters below, and have conditions. It has no
loop, call, arithmetic, macro or include, so that its work grows with its length alone, and its output is bounded beside that.
A variable without a value is false in conditions, replaced by `default`, and else noted as missing: never is its placeholder
printed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from hub_sync.hub.domains.messages.message_templates.errors import (
    MessageTooLarge,
    TemplateConstructRefused,
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateVariableUnknown,
)
from hub_sync.hub.domains.messages.message_templates.variables import ROOTS, VARIABLES
from hub_sync.hub.kit.errors import HubError

MAX_SOURCE = 50_000
MAX_OUTPUT = 200_000
_MAX_DEPTH = 24
"""Nodes inside each other; Python compiles some hundreds of them, and no message needs ten."""
_MISSING = "_missing"
_OPERATORS = frozenset(("eq", "ne", "in", "notin"))
_TESTS = frozenset(("defined", "undefined", "none"))
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Const, nodes.List, nodes.Tuple),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Operand, nodes.CondExpr),
)
_LONGEST_NAME = 60
_TAG_BEHIND_TEXT = re.compile(r"^(?![ \t]*\{%(?:(?!%\}).)*%\}\r?$)(.*[^-+])%\}(?=\r?$)", re.MULTILINE)
"""The tag of a block at the end of a line that has more than this tag."""


class MissingValue(Undefined):
    """A variable of the catalogue that is empty for the recipient: it is false, and compares as an empty text does."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Return True beside another empty value."""
        return isinstance(other, MissingValue) or other == ""

    def __hash__(self) -> int:
        """Return the hash of an empty text."""
        return hash("")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered template.

    Attributes:
        text: the output; a missing value is empty in it.
        missing: the variables that were to be printed, and have neither a value nor a default.
    """

    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compiled:
    template: Template
    variables: frozenset[str]


def check(source: str) -> frozenset[str]:
    """Check a template, and return the variables that it names.

    Raises:
        TemplateTooLarge, TemplateUnreadable, TemplateVariableUnknown, TemplateConstructRefused: 422.
    """
    return _compile(source, is_html=False).variables


def render(source: str, values: Mapping[str, str], *, is_html: bool = False) -> Rendered:
    """Render a template.

    Args:
        source: the template.
        values: by the names of variables, `participant.first_name`; an empty one counts as missing.
        is_html: True: values are escaped, but for `Markup`.

    Raises:
        MessageTooLarge: 422. As `check`.
    """
    compiled = _compile(source, is_html=is_html)
    missing: dict[str, None] = {}
    tree: dict[str, Any] = {root: {} for root in ROOTS}
    for name in compiled.variables:
        root, _, member = name.partition(".")
        tree[root][member] = values.get(name) or MissingValue(name=name)
    pieces, size = list[str](), 0
    for piece in compiled.template.generate(**tree, **{_MISSING: missing}):
        size += len(piece)
        if size > MAX_OUTPUT:
            raise MessageTooLarge(limit=MAX_OUTPUT)
        pieces.append(piece)
    return Rendered("".join(pieces), tuple(missing))


# --- filters --------------------------------------------------------------------------------------


def _default(value: Any, text: Any = "") -> Any:
    return text if isinstance(value, MissingValue) or not value else value


def _keeping_missing(convert: Callable[[str], str]) -> Callable[[Any], Any]:
    """Return a filter that leaves a missing value missing."""
    return lambda value: value if isinstance(value, MissingValue) else convert(value)


def _button_html(link: Any, label: str) -> Any:
    if isinstance(link, MissingValue):
        return link
    return Markup('<a class="button" href="{}">{}</a>').format(link, label)


def _button_text(link: Any, label: str) -> Any:
    return link if isinstance(link, MissingValue) else f"{label}: {link}"


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "default": _default,
    "upper": _keeping_missing(lambda text: text.upper()),
    "lower": _keeping_missing(lambda text: text.lower()),
    "capitalize": _keeping_missing(lambda text: text.capitalize()),
    "trim": _keeping_missing(lambda text: text.strip()),
}
FILTERS = (*_FILTERS, "button")
"""The filters of templates, for the editor's help and for checks."""


@pass_context
def _print_value(context: Context, value: Any) -> Any:
    """Return what is printed for the value of an expression; a missing one is noted."""
    if isinstance(value, MissingValue):
        context[_MISSING].setdefault(value._undefined_name)  # noqa: SLF001 - Jinja2 has no other way
        return ""
    return value


def _keep_line_ends(source: str) -> str:
    """Return a template whose lines end where they did; the end of a line that is nothing but a block's tag goes with the tag.

    Jinja2 trims the end of the line behind each tag, and would join the paragraph of a condition with the next one.
    """
    return _TAG_BEHIND_TEXT.sub(r"\1+%}", source)


def _environment(*, is_html: bool) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        autoescape=is_html,
        undefined=StrictUndefined,
        finalize=_print_value,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {**_FILTERS, "button": _button_html if is_html else _button_text}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


_ENVIRONMENTS = {is_html: _environment(is_html=is_html) for is_html in (False, True)}


# --- checks ---------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _compile(source: str, *, is_html: bool) -> _Compiled:
    """Return a checked template, compiled."""
    if len(source) > MAX_SOURCE:
        raise TemplateTooLarge(limit=MAX_SOURCE)
    environment = _ENVIRONMENTS[is_html]
    try:
        tree = environment.parse(source := _keep_line_ends(source))
    except TemplateSyntaxError as error:
        raise TemplateUnreadable(line=error.lineno, problem=(error.message or "").rstrip(".")) from None
    except RecursionError:
        raise TemplateConstructRefused(line=1, construct="((…))") from None
    names = frozenset(_names(tree, 0))
    return _Compiled(environment.from_string(source), names)


def _names(node: nodes.Node, depth: int) -> Iterator[str]:
    """Yield the variables below a node.

    Raises:
        TemplateConstructRefused, TemplateVariableUnknown: 422.
    """
    if depth > _MAX_DEPTH:
        raise _refuse(node, "((…))")
    if isinstance(node, nodes.Getattr):
        yield _variable(node)
        return
    if isinstance(node, nodes.Name):
        raise TemplateVariableUnknown(line=node.lineno, variable=node.name[:_LONGEST_NAME])
    _check_node(node)
    for child in node.iter_child_nodes():
        yield from _names(child, depth + 1)


def _variable(node: nodes.Getattr) -> str:
    names = [node.attr]
    target: nodes.Node = node.node
    while isinstance(target, nodes.Getattr):
        names.append(target.attr)
        target = target.node
    if not isinstance(target, nodes.Name):
        raise _refuse(node, f".{node.attr}")
    name = ".".join((target.name, *reversed(names)))
    if name not in VARIABLES:
        raise TemplateVariableUnknown(line=node.lineno, variable=name[:_LONGEST_NAME])
    return name


def _check_node(node: nodes.Node) -> None:
    """Raise if templates don't have such a node."""
    if isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            raise _refuse(node, f"| {node.name}")
        _check_arguments(node)
    elif isinstance(node, nodes.Test):
        if node.name not in _TESTS:
            raise _refuse(node, f"is {node.name}")
    elif isinstance(node, nodes.Compare):
        operator = next((each.op for each in node.ops if each.op not in _OPERATORS), "")
        if operator:
            raise _refuse(node, operator)
    elif not isinstance(node, _ALLOWED):
        raise _refuse(node, type(node).__name__.lower())


def _check_arguments(node: nodes.Filter) -> None:
    takes = {"default": (0, 1), "button": (1, 1)}.get(node.name, (0, 0))
    is_plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and node.node is not None
    if not is_plain or not takes[0] <= len(node.args) <= takes[1]:
        raise _refuse(node, f"| {node.name}(…)")


def _refuse(node: nodes.Node, construct: str) -> HubError:
    return TemplateConstructRefused(line=node.lineno, construct=construct[:_LONGEST_NAME])
