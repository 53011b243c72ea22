"""Tones at the gate: what they are made of, and what plays them.

player = Player().start()
player.play(Tone.SUCCESS)
"""

from hardware.tones.player import SoundHealth, SoundState, TonePlayer
from hardware.tones.synthesis import PEAK_AMPLITUDE, SAMPLE_RATE, Samples, Tone, synthesize

__all__ = [
    "PEAK_AMPLITUDE",
    "SAMPLE_RATE",
    "Samples",
    "SoundHealth",
    "SoundState",
    "Tone",
    "TonePlayer",
    "synthesize",
]
