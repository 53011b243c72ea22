"""The station's half of sync: HTTP client, sync engine, encrypted store, and the corrected time.

store             open_store(...) -> Store; see its docstring
timekeeper        Timekeeper(clock, store).read() -> ClockReading(now, sure, offset_ms)
enrolment         parse_enrolment_code(text) -> EnrolmentCode
                  enrol(store, api, code, serial=, software=) -> StationEnrolment
http.hub_api      HubApi(hub_url, ...);  HubApi.for_enrolment(enrolment, clock)
http.errors       the errors of calls to the hub
sync.engine       SyncEngine(store.open_session, connect, clock=, on_change=): start() stop() nudge() retry_now() status
sync.status       SyncStatus, ConnectionState
"""
