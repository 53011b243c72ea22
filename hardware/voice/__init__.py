"""A voice that speaks words at the gate, by a speech engine that the machine has.

voice = Voice()
voice.say("Welcome", "en")
"""

from hardware.voice.engines import ENGINES, SpeechEngine, find_engine
from hardware.voice.headset import find_headset
from hardware.voice.voice import LONGEST_S, Voice

__all__ = ["ENGINES", "LONGEST_S", "SpeechEngine", "Voice", "find_engine", "find_headset"]
