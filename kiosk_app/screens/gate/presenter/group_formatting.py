"""Format the rest of a scanned person's group: the offer, the question, and what happened. Qt-free and stateless."""

from kiosk_app.messages import GateOutcome, GroupMember, GroupOutcome, Trouble
from kiosk_app.screens.gate.presenter.door_formatting import door_text
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext, detail_text
from kiosk_app.screens.gate.presenter.view_state import GroupPanel, Verdict
from kiosk_app.ui.items import Chip, ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

_NAMES = 4
"""So many names fit into a verdict; the list of the last scans has all of them."""


def group_note(outcome: GateOutcome, texts: Texts) -> str:
    """Return the sentence below a verdict about the rest of the group; empty if nobody of it can come in with one press."""
    if outcome.group is None:
        return ""
    if outcome.group.too_large:
        return texts("group.too_large")
    count = len(outcome.group.may_enter)
    return texts("group.note", n=count) if count else ""


def group_button(outcome: GateOutcome | None, texts: Texts) -> str:
    """Return the label of the button that offers the group; empty: there is none to offer."""
    count = len(outcome.group.may_enter) if outcome is not None and outcome.group is not None else 0
    return texts("group.button", n=count) if count else ""


def build_group_panel(outcome: GateOutcome, context: FormatContext) -> GroupPanel:
    """Build the question: who of the group may enter, and who may not and why. Whoever may stands first."""
    texts, group = context.texts, outcome.group
    members = group.members if group is not None else ()
    count = sum(member.decision.admits for member in members)
    in_order = sorted(members, key=lambda member: not member.decision.admits)
    return GroupPanel(
        title=texts("group.title", n=count),
        text=texts("group.text", group=group.group_ref if group is not None else ""),
        rows=tuple(_row(member, context) for member in in_order),
        confirm=texts("group.confirm", n=count),
    )


def build_group_verdict(group: GroupOutcome, context: FormatContext, *, serial: int, flash: bool) -> Verdict:
    """Build the large answer to the admission of a group. It is green only if everybody was admitted and let through."""
    texts = context.texts
    admitted, refused = group.admitted, [each for each in group.outcomes if not each.is_green]
    unwritten = next((each for each in refused if each.trouble is Trouble.NOT_WRITTEN), None)
    stuck = [each for each in group.outcomes if each.trouble is Trouble.GATE_STUCK]
    if not admitted:
        signal, word = Signal.RED, texts("word.stop")
    elif stuck:
        signal, word = Signal.AMBER, texts("word.by_hand")
    else:
        signal, word = (Signal.AMBER if refused else Signal.GREEN), texts("word.welcome")
    if unwritten is not None:
        reason = texts("reason.not_written")
        note = texts(f"store.{unwritten.fault.value}") if unwritten.fault is not None else ""
    elif stuck:
        reason = texts("group.stuck", names=_names(stuck, texts))
        fault = stuck[0].door_fault
        note = door_text(fault, texts) if fault is not None else ""
    else:
        reason = _names(admitted, texts)
        note = texts("group.refused", names=_names(refused, texts)) if refused else ""
    return Verdict(
        serial=serial,
        signal=signal,
        word=word,
        name=texts("group.admitted", n=len(admitted)),
        subtitle="",
        reason=reason,
        chips=(Chip(texts("mark.in_group")),) if admitted else (),
        note=note,
        flash=flash,
    )


def _row(member: GroupMember, context: FormatContext) -> ListItem:
    texts, decision = context.texts, member.decision
    subtitle = " \u00b7 ".join(part for part in (member.registration_code, member.category) if part)
    if not decision.admits:
        subtitle = texts(f"reason.{decision.reason.value}", detail=detail_text(decision, context))
    return ListItem(
        id=member.participant_id,
        title=member.name or member.registration_code,
        subtitle=subtitle,
        icon="person",
        badge=texts("group.may_enter" if decision.admits else f"short.{decision.reason.value}"),
        signal=Signal.GREEN if decision.admits else Signal.AMBER,
    )


def _names(outcomes: "list[GateOutcome] | tuple[GateOutcome, ...]", texts: Texts) -> str:
    names = [each.name or each.registration_code for each in outcomes]
    if len(names) <= _NAMES:
        return ", ".join(names)
    return texts("group.names", names=", ".join(names[:_NAMES]), n=len(names) - _NAMES)
