"""Tones at the gate: synthesis and playback.

player = TonePlayer().start()
player.play(Tone.SUCCESS)
"""

from hardware.tones.player import OPENING, SoundHealth, SoundState, TonePlayer
from hardware.tones.synthesis import PEAK_AMPLITUDE, SAMPLE_RATE, Samples, Tone, synthesize

__all__ = [
    "OPENING",
    "PEAK_AMPLITUDE",
    "SAMPLE_RATE",
    "Samples",
    "SoundHealth",
    "SoundState",
    "Tone",
    "TonePlayer",
    "synthesize",
]
