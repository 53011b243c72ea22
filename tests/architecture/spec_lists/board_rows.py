"""The rows of the page "Relay boards: bytes on the line". Only a station has boards; each row is held over bytes of a pty."""

from tests.architecture.spec_lists.sentence import Sentence

BOARDS, RELAY = "hardware/relay/boards/", "hardware/relay/"
LCUS, MODBUS, NUMATO = f"{BOARDS}test_lcus.py", f"{BOARDS}test_modbus.py", f"{BOARDS}test_numato.py"
ADDRESS, DOOR, FAULTS = f"{RELAY}test_address.py", f"{RELAY}test_door.py", f"{RELAY}test_door_faults.py"
EACH_DRIVER = (
    f"{BOARDS}test_drivers.py::test_a_pulse_is_on_and_off_once",
    f"{BOARDS}test_drivers.py::test_unplugged_while_on_it_is_off_again_and_pulses_no_second_time",
)
"""Run over the emulator of every driver."""

RELAY_BOARDS = (
    Sentence(
        "LCUS: A0 ch op sum; FF answers in lines, frames, bytes or not at all; no serial number: bound by USB path",
        (
            f"{LCUS}::test_lcus_on_off_and_status",
            f"{LCUS}::test_lcus_all_off_names_every_channel",
            f"{LCUS}::test_lcus_reads_back_where_the_board_answers",
            f"{LCUS}::test_lcus_that_keeps_silent_is_asked_only_once",
            f"{LCUS}::test_a_state_in_bytes_is_read_only_where_it_makes_sense",
            f"{ADDRESS}::test_a_board_is_found_in_its_usb_socket_whatever_its_port_is_called_today",
            f"{ADDRESS}::test_a_wrong_address_is_refused_in_a_sentence",
            *EACH_DRIVER,
        ),
    ),
    Sentence(
        "KMTronic: FF ch 01, FF ch 00; 1 and 2 channels answer FF ch 03, 4 and 8 FF 09 00",
        (f"{BOARDS}test_kmtronic.py::test_documented_bytes", *EACH_DRIVER),
    ),
    Sentence(
        "Numato: relay on 0, relay off 0; index from 10 is A, B; relay read 0 echoes, then on or off",
        (
            f"{NUMATO}::test_relays_are_numbered_from_zero_and_then_by_letters",
            f"{NUMATO}::test_states_are_read_back",
            *EACH_DRIVER,
        ),
    ),
    Sentence(
        "Devantech: on 65-6C, off 6F-76, all off 6E, 5B -> bitmap, 5A -> id and version",
        (
            f"{BOARDS}test_devantech.py::test_documented_bytes",
            f"{BOARDS}test_devantech.py::test_a_board_of_another_identity_is_noticed",
            *EACH_DRIVER,
        ),
    ),
    Sentence(
        "Denkovi: 01+//, 01-//, off//; the command is echoed; ask// -> two bytes, relay 1 in the high one",
        (
            f"{BOARDS}test_denkovi.py::test_documented_commands",
            f"{BOARDS}test_denkovi.py::test_states_are_read_back_with_relay_1_in_the_highest_bit",
            f"{BOARDS}test_denkovi.py::test_states_that_look_like_the_start_of_an_echo_are_states",
            *EACH_DRIVER,
        ),
    ),
    Sentence(
        "HW-667: AA on, BB off, CC a jog of one second that the board times; no read-back",
        (
            f"{BOARDS}test_hw667.py::test_a_pulse_is_a_jog_unless_it_is_longer",
            f"{BOARDS}test_hw667.py::test_a_jog_ends_without_the_computer",
            *EACH_DRIVER,
        ),
    ),
    Sentence(
        "Modbus RTU: on, off, flash-on, coils and inputs with these bytes; the board times the flash",
        (
            f"{MODBUS}::test_modbus_frames",
            f"{MODBUS}::test_modbus_pulse_rounds_up_to_the_boards_tenth_of_a_second",
            f"{MODBUS}::test_boards_tell_how_their_relays_and_inputs_stand",
            f"{RELAY}test_pulse_controller.py::test_a_board_that_times_pulses_ends_them_itself",
            f"{RELAY}emulators/test_modbus.py::test_the_emulators_own_crc_agrees_with_the_documented_frames",
            *EACH_DRIVER,
        ),
    ),
    Sentence(
        "Modbus: the toggle is never sent, whatever a door does",
        (f"{MODBUS}::test_no_frame_of_a_door_is_a_toggle",),
    ),
    Sentence(
        "relays that DTR or RTS switch are refused for doors",
        (f"{ADDRESS}::test_a_wrong_address_is_refused_in_a_sentence",),
    ),
    Sentence(
        "DTR and RTS are set before open, with a write time-out and the advisory lock",
        (f"{FAULTS}::test_dtr_and_rts_are_low_before_the_port_opens",),
    ),
    Sentence(
        "nothing flushes, and after an unplug a bare OSError is a lost board",
        (
            f"{FAULTS}::test_unplugged_mid_pulse_it_heals_within_two_seconds_and_begins_with_off",
            f"{RELAY}test_serial_port.py::test_whatever_the_system_raises_after_an_unplug_is_a_lost_board",
            f"{RELAY}test_serial_port.py::test_nothing_waits_for_an_unplugged_port_to_drain",
        ),
    ),
    Sentence(
        "a pulse is of 100 to 2000 ms, 400 by default; the passage window is 5 s",
        (
            f"{DOOR}::test_a_pulse_out_of_bounds_is_refused_and_nothing_is_sent",
            "kiosk_app/test_settings.py::test_a_pulse_is_of_400_milliseconds_and_a_passage_window_of_five_seconds",
        ),
    ),
    Sentence(
        "passage sensor, fire and tamper inputs come over the same board's inputs, or a second one",
        (
            "hardware/inputs/test_door_inputs.py::test_a_turn_is_two_edges_with_their_times",
            "hardware/inputs/test_door_inputs.py::test_inputs_of_a_second_board_are_read_beside_a_relay_without_any",
            "hardware/inputs/test_settings.py::test_inputs_are_named_with_role_number_level_and_time",
        ),
    ),
)
