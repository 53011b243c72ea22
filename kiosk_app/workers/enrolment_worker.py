"""Enrols a station on a thread of its own: a hub that does not answer must not freeze the camera's picture."""

import threading
from collections.abc import Callable

import structlog

from hub_sync.client.enrolment import UnsentScans, enrol, parse_enrolment_code
from hub_sync.client.http.errors import (
    CertificateRefused,
    HubBusy,
    HubRefused,
    HubServerError,
    HubUnreachable,
    HubWithoutTls,
    InvalidHubResponse,
)
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store, StoreError
from hub_sync.contract.clock import Clock
from hub_sync.contract.sync import EnrolmentCode
from kiosk_app.messages import EnrolmentProblem, EnrolmentUpdate, EnrolStation, Publish

_log = structlog.get_logger()
_PROBLEMS: tuple[tuple[type[Exception], EnrolmentProblem], ...] = (
    (CertificateRefused, EnrolmentProblem.CERTIFICATE),
    (InvalidHubResponse, EnrolmentProblem.LOG_IN_PAGE),
    (HubWithoutTls, EnrolmentProblem.NO_TLS),
    (HubUnreachable, EnrolmentProblem.NO_ANSWER),
    (HubBusy, EnrolmentProblem.BUSY),
    (HubServerError, EnrolmentProblem.HUB_FAILED),
    (HubRefused, EnrolmentProblem.REFUSED),
    (UnsentScans, EnrolmentProblem.UNSENT),
    (StoreError, EnrolmentProblem.NOT_SAVED),
)
"""The problem of each error, the most special first."""


class EnrolmentWorker:
    """Enrols once at a time. `publish` gets what becomes of it, on the worker's thread."""

    def __init__(
        self,
        open_session: Callable[[], Store],
        publish: Publish,
        clock: Clock,
        *,
        serial: str,
        software: str,
        connect: Callable[[str], HubApi] | None = None,
    ) -> None:
        self._open_session, self._publish, self._clock = open_session, publish, clock
        self._serial, self._software = serial, software
        self._connect = connect or (lambda url: HubApi(url, boot_id=clock.boot_id))
        self._busy = threading.Lock()

    def submit(self, command: EnrolStation) -> None:
        """Begin an enrolment and return at once. While one is under way, another is left alone: its code works once."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=(command,), name="enrolment", daemon=True).start()

    def enrol(self, command: EnrolStation) -> EnrolmentUpdate:
        """Enrol, and return what became of it."""
        code = self._parse(command)
        if isinstance(code, EnrolmentProblem):
            return EnrolmentUpdate(code, command.hub)
        self._publish(EnrolmentUpdate(hub=code.hub))
        try:
            api = self._connect(code.hub)
        except ValueError:
            return EnrolmentUpdate(EnrolmentProblem.BAD_HUB, code.hub)
        try:
            with self._open_session() as store:
                enrolment = enrol(
                    store, api, code, serial=self._serial, software=self._software, clock=self._clock
                )
        except Exception as failure:  # noqa: BLE001 -- a bug is logged and said, too
            return EnrolmentUpdate(_problem(failure), code.hub)
        finally:
            api.close()
        _log.info("station_enrolled", device=enrolment.device_id, hub=enrolment.hub_url)
        return EnrolmentUpdate(None, enrolment.hub_url, enrolment.name or "-", enrolment.profile)

    def _run(self, command: EnrolStation) -> None:
        try:
            update = self.enrol(command)
        finally:
            self._busy.release()
        self._publish(update)

    @staticmethod
    def _parse(command: EnrolStation) -> EnrolmentCode | EnrolmentProblem:
        text, hub = command.code.strip(), command.hub.strip()
        if hub and "://" not in hub:
            hub = f"https://{hub}"
        if not text.startswith("{") and not hub:
            return EnrolmentProblem.NO_HUB if len(text) >= _SHORTEST_CODE else EnrolmentProblem.NOT_A_CODE
        try:
            return parse_enrolment_code(text, hub)
        except ValueError:
            return EnrolmentProblem.NOT_A_CODE


_SHORTEST_CODE = 8


def _problem(failure: Exception) -> EnrolmentProblem:
    for kind, problem in _PROBLEMS:
        if isinstance(failure, kind):
            _log.warning("enrolment_failed", problem=problem.value, reason=str(failure))
            return problem
    _log.error("enrolment_failed", exc_info=failure)
    return EnrolmentProblem.FAILED
