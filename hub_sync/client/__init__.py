"""The station's half: the sealed store, sync with the hub, and what time it is.

store         open_store(...) -> Store; see its docstring
timekeeping   Timekeeper(clock, store).moment() -> Reading(now, sure, offset_ms)
enrolment     parse_enrolment_code(text) -> EnrolmentCode;  enrol(store, api, code, serial=, software=) -> Enrolment
api           HubApi(hub_url, ...);  HubApi.for_enrolment(enrolment, clock)
engine        SyncEngine(store.open_session, connect, clock=, on_change=): start() stop() nudge() retry_now() status
status        SyncStatus, Link
failures      what a call of the hub may raise
"""
