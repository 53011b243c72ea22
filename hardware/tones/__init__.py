"""Tones at the gate: what they are made of, and what plays them.

player = Player().start()
player.play(Tone.SUCCESS)
"""

from hardware.tones.player import Player, SoundHealth, SoundState
from hardware.tones.synth import PEAK, RATE, Samples, Tone, render

__all__ = ["PEAK", "RATE", "Player", "Samples", "SoundHealth", "SoundState", "Tone", "render"]
