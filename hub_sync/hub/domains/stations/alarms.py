"""Labels and sentences of stations' alarms, in the language of the page.

A station reports each alarm as a code and as the sentence on its own screen, in the language of that screen. The console
translates the code. Only for a code that a newer station invented, the station's sentence is all that there is.
"""

from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.console import N_, _

ALARM_LABELS: dict[str, str] = {
    AlarmCode.CAMERA_LOST: N_("Camera lost"),
    AlarmCode.CAMERA_POOR: N_("No picture"),
    AlarmCode.RELAY_LOST: N_("Relay board lost"),
    AlarmCode.RELAY_DISAGREES: N_("Relay in the wrong state"),
    AlarmCode.TURNSTILE_JAMMED: N_("Turnstile jammed"),
    AlarmCode.SENSOR_LOST: N_("Passage sensor lost"),
    AlarmCode.SENSOR_STUCK: N_("Passage sensor stuck"),
    AlarmCode.SENSOR_SILENT: N_("Passage sensor silent"),
    AlarmCode.FIRE_INPUT: N_("Fire alarm"),
    AlarmCode.TAMPER_INPUT: N_("Turnstile opened"),
    AlarmCode.SOUND_LOST: N_("No sound"),
    AlarmCode.SCANNER_LOST: N_("Scanner lost"),
    AlarmCode.SCANNER_POOR: N_("Scanner floods"),
    AlarmCode.PRINTER_LOST: N_("Printer lost"),
    AlarmCode.PRINTER_PAPER_OUT: N_("Printer without paper"),
    AlarmCode.PRINTER_PAPER_LOW: N_("Paper almost out"),
    AlarmCode.DISK_FULL: N_("Disk full"),
    AlarmCode.DISK_LOW: N_("Disk almost full"),
    AlarmCode.STORE_FAILED: N_("Store failed"),
    AlarmCode.STORE_RECOVERED: N_("Store was repaired"),
    AlarmCode.JOURNAL_PARTED: N_("Journal forked"),
    AlarmCode.SEALS_DISAGREE: N_("Journal contradicted"),
    AlarmCode.CLOCK_UNSURE: N_("Clock unsure"),
    AlarmCode.HUB_NEWER: N_("Needs an update"),
    AlarmCode.TIME_ZONE_UNKNOWN: N_("Time zone unknown"),
    AlarmCode.PROGRAM_FAILED: N_("Program failed"),
    AlarmCode.KIOSK_HELP: N_("Visitor needs help"),
    AlarmCode.KIOSK_OUT_OF_SERVICE: N_("Out of service"),
}
ALARM_SENTENCES: dict[str, str] = {
    AlarmCode.KIOSK_HELP: N_("A visitor at this kiosk calls for staff."),
    AlarmCode.KIOSK_OUT_OF_SERVICE: N_("Staff have taken this kiosk out of service."),
    AlarmCode.CAMERA_LOST: N_(
        "Its camera does not answer. Check the cable; until then, use a hand-held scanner."
    ),
    AlarmCode.CAMERA_POOR: N_(
        "Its camera delivers no usable picture. Check that it is not covered or dazzled."
    ),
    AlarmCode.RELAY_LOST: N_(
        "Its relay board does not answer, so the door does not open by itself. Check the cable."
    ),
    AlarmCode.RELAY_DISAGREES: N_(
        "Its relay is not in the state that was commanded. Check the door by hand."
    ),
    AlarmCode.TURNSTILE_JAMMED: N_(
        "Its turnstile is jammed. Free the arm; the gate goes on for the next person."
    ),
    AlarmCode.SENSOR_LOST: N_("It can't read the turnstile's inputs, so everybody who is let in is counted."),
    AlarmCode.SENSOR_STUCK: N_(
        "Its passage sensor is active all the time, so everybody who is let in is counted. See whether it is covered."
    ),
    AlarmCode.SENSOR_SILENT: N_(
        "Its passage sensor has been silent for several people, so everybody who is let in is counted. Check its wire."
    ),
    AlarmCode.FIRE_INPUT: N_("The fire alarm's contact at its turnstile is active."),
    AlarmCode.TAMPER_INPUT: N_("The housing of its turnstile is open."),
    AlarmCode.SOUND_LOST: N_("It can't play sounds. What happens is shown on its screen only."),
    AlarmCode.SCANNER_LOST: N_(
        "Its hand-held scanner does not answer. Check the cable; its set-up screen has the details."
    ),
    AlarmCode.SCANNER_POOR: N_(
        "Its hand-held scanner sends without a pause. Check its cable, and its settings in the set-up screen."
    ),
    AlarmCode.PRINTER_LOST: N_(
        "Its printer does not print. Numbers are shown on the screen only; its set-up screen has the details."
    ),
    AlarmCode.PRINTER_PAPER_OUT: N_(
        "Its printer has no paper, or its cover is open. Numbers are shown on the screen only. Put a new roll in."
    ),
    AlarmCode.PRINTER_PAPER_LOW: N_("Its printer's roll is near its end. Bring a new one."),
    AlarmCode.DISK_FULL: N_(
        "Its disk is full: scans can't be recorded, or soon can't be. Free some space now."
    ),
    AlarmCode.DISK_LOW: N_("Its disk is almost full. Free some space."),
    AlarmCode.STORE_FAILED: N_("It can't write to its disk as it should. The disk may be failing."),
    AlarmCode.STORE_RECOVERED: N_(
        "A damaged file was replaced by its copy. Check the station before its next use."
    ),
    AlarmCode.JOURNAL_PARTED: N_(
        "Its journal no longer matches what the hub received. Its log has the details."
    ),
    AlarmCode.SEALS_DISAGREE: N_(
        "It signed another journal than the hub has. Export the evidence of both, and compare them."
    ),
    AlarmCode.CLOCK_UNSURE: N_(
        "Its clock can't be trusted. Its scans are marked until the hub confirms the time."
    ),
    AlarmCode.HUB_NEWER: N_("It does not understand all that the hub sends. Update its program."),
    AlarmCode.TIME_ZONE_UNKNOWN: N_(
        "It does not know the event's time zone and admits nobody. Update its program."
    ),
    AlarmCode.PROGRAM_FAILED: N_("A part of its program failed. Its log has the details."),
}


def alarm_label(code: str) -> str:
    """Return an alarm in a word or two; a code that nobody declares as it is."""
    return _(ALARM_LABELS.get(code, code))


def alarm_sentence(code: str, own_sentence: str) -> str:
    """Return what an alarm means and what to do, or the station's own sentence if the hub doesn't know the code."""
    return _(ALARM_SENTENCES[code]) if code in ALARM_SENTENCES else own_sentence
