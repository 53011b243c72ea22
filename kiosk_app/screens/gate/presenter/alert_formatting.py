"""Format what the operator must know or act on, beside the visitors' prompt. Qt-free and stateless."""

from datetime import datetime

from hub_sync.client.store import RecoveryCause, RecoveryFacts
from hub_sync.contract.enums import PassageCause
from kiosk_app.messages import ActiveAlarms, DoubleAdmission, UnreleasedMember
from kiosk_app.screens.gate.presenter.door_formatting import door_text
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext
from kiosk_app.screens.gate.presenter.view_state import OperatorAlert
from resources.translations.catalogue import Texts

UNRELEASED = "unreleased"
"""The id of the alert about members of a group who were not let through."""


def build_alerts(
    alarms: ActiveAlarms,
    doubles: tuple[DoubleAdmission, ...],
    context: FormatContext,
    turn: PassageCause | None = None,
    unreleased: tuple[UnreleasedMember, ...] = (),
) -> tuple[OperatorAlert, ...]:
    """Return the alerts, the most urgent first.

    A turn without an admission, members of a group who were not let through, alarms, which end with their cause, double admissions.
    """
    texts = context.texts
    title = texts("alarm.title")
    recovered = () if alarms.recovery is None else (_recovery_text(alarms.recovery, texts),)
    sentences = (*_disk_sentences(alarms, texts), *recovered)
    if alarms.journal_diverged:
        sentences = (*sentences, texts("alarm.journal_diverged"))
    if alarms.hub_unknown:
        sentences = (*sentences, texts("alarm.hub_unknown"))
    if alarms.hub_certificate is not None:
        sentences = (*sentences, texts(f"alarm.certificate_{alarms.hub_certificate.value.lower()}"))
    sentences = (*sentences, *_fleet_sentences(alarms, texts))
    if alarms.clock_unsure:
        sentences = (*sentences, texts("alarm.clock_unsure"))
    if alarms.door is not None:
        sentences = (*sentences, door_text(alarms.door, texts))
    if alarms.scanner is not None:
        sentences = (*sentences, texts(f"alarm.scanner.{alarms.scanner.value}"))
    sentences = (*sentences, *(texts(f"alarm.{code.value.lower()}") for code in alarms.turnstile))
    if alarms.not_understood:
        sentences = (*sentences, texts("alarm.hub_newer", words=alarms.not_understood))
    if alarms.program_failed:
        sentences = (*sentences, texts("alarm.program_failed"))
    turned = () if turn is None else (OperatorAlert("", texts("alert.turn"), texts(f"alert.{turn.value}")),)
    return (
        *turned,
        *_unreleased(unreleased, texts),
        *(OperatorAlert("", title, sentence) for sentence in sentences),
        *(_double_admission(double, context) for double in doubles),
    )


def _fleet_sentences(alarms: ActiveAlarms, texts: Texts) -> tuple[str, ...]:
    cloned = (texts("alarm.cloned"),) if alarms.cloned else ()
    if alarms.offline_minutes is None:
        return cloned
    return (*cloned, texts("alarm.offline_soon", minutes=alarms.offline_minutes))


def _unreleased(members: tuple[UnreleasedMember, ...], texts: Texts) -> tuple[OperatorAlert, ...]:
    if not members:
        return ()
    names = ", ".join(each.name or each.registration_code or texts("alert.somebody") for each in members)
    title = texts("alert.unreleased", n=len(members))
    return (OperatorAlert(UNRELEASED, title, texts("alert.unreleased_text", names=names)),)


def _disk_sentences(alarms: ActiveAlarms, texts: Texts) -> tuple[str, ...]:
    if alarms.unwritten is not None:
        return ()  # the banner says it
    sentences = []
    if alarms.disk_free_mb is not None:
        key = "alarm.disk_full" if alarms.disk_full else "alarm.disk_low"
        sentences.append(texts(key, mb=alarms.disk_free_mb))
    if alarms.copy_failed and not alarms.disk_full:
        sentences.append(texts("alarm.copy_failed"))
    return tuple(sentences)


def _recovery_text(facts: RecoveryFacts, texts: Texts) -> str:
    parts = [texts(f"recovery.{facts.cause.value}")]
    if facts.scans is None:
        parts.append(texts("recovery.empty"))
        return " ".join(parts)
    if facts.cause not in (RecoveryCause.COPY, RecoveryCause.ROSTER):
        parts.append(texts("recovery.scans", count=facts.scans))
    if facts.missing:
        parts.append(texts("recovery.lost", numbers=facts.missing))
    if facts.doubtful_after is not None:
        parts.append(texts("recovery.doubtful", number=facts.doubtful_after))
    if not facts.missing and facts.doubtful_after is None:
        is_roster = facts.cause is RecoveryCause.ROSTER
        parts.append(texts("recovery.no_scan_lost" if is_roster else "recovery.whole"))
    return " ".join(parts)


def _double_admission(double: DoubleAdmission, context: FormatContext) -> OperatorAlert:
    texts = context.texts
    title = texts("alert.double", name=double.name) if double.name else texts("alert.double_unnamed")
    gate = double.other_gate or texts("alert.other_gate")
    if double.at is None or double.other_at is None:
        text = texts("alert.double_place", gate=gate)
    else:
        here, there = _time(double.at, context), _time(double.other_at, context)
        text = texts("alert.double_times", here=here, there=there, gate=gate)
    return OperatorAlert(double.id, title, text)


def _time(at: datetime, context: FormatContext) -> str:
    today = context.now.astimezone(context.time_zone)
    return context.texts.when(at.astimezone(context.time_zone), today, form="time")
