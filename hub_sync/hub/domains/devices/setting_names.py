"""What people call the settings of stations, and their choices. Marked for translation; the console and the audit log show them."""

from collections.abc import Mapping

from hub_sync.hub.kit.i18n import N_

SETTING_LABELS: Mapping[str, str] = {
    "mode": N_("Runs as"),
    "language": N_("Language"),
    "theme": N_("Theme"),
    "names": N_("Names on the screen"),
    "sound": N_("Sounds"),
    "volume": N_("Volume"),
    "speaks": N_("Speaks the verdict"),
    "camera": N_("Camera"),
    "scanner": N_("Hand-held scanner"),
    "printer": N_("Printer"),
    "relay": N_("Relay board"),
    "pulse_ms": N_("Length of the opening pulse"),
    "passage_window_s": N_("Time to pass the turnstile"),
    "group_gap_ms": N_("Pause between the people of a group"),
    "group_release": N_("Opening for a group"),
    "search": N_("Search by name"),
    "queues": N_("Queues that it offers"),
    "idle_s": N_("Back to the start after"),
    "idle_warning_s": N_("Warning before that"),
    "kiosk_notice": N_("Notice for visitors"),
    "typing": N_("Visitors may type their code"),
    "walk_in_numbers": N_("Numbers without a ticket"),
    "low_reach": N_("Layout for low reach"),
    "lan": N_("Hears other stations on the local network"),
}
GROUP_LABELS: Mapping[str, str] = {
    "appearance": N_("Appearance"),
    "sound": N_("Sound"),
    "machine": N_("Machine"),
    "gate": N_("Turnstile"),
    "kiosk": N_("Kiosk"),
    "network": N_("Network"),
}
CHOICE_LABELS: Mapping[str, Mapping[str, str]] = {
    "mode": {"gate": N_("Gate"), "kiosk": N_("Kiosk"), "desk": N_("Desk"), "board": N_("Board")},
    "language": {"en": "English", "de": "Deutsch", "ar": "العربية"},
    "theme": {"light": N_("Light"), "dark": N_("Dark"), "high-contrast": N_("High contrast")},
    "names": {"full": N_("Full names"), "initials": N_("Initials"), "code": N_("Registration codes only")},
    "group_release": {"each": N_("One pulse for each person"), "once": N_("One pulse for all of them")},
}
SETTING_HINTS: Mapping[str, str] = {
    "camera": N_("As in station.toml: usb:0 is the first camera."),
    "scanner": N_("As in station.toml: keys: is a scanner that types."),
    "relay": N_("As in station.toml, such as lcus:usb=1a86:7523; none: write a dash."),
    "printer": N_("As in station.toml; none: write a dash."),
}
