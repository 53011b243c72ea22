"""Latency from `play()` to the sound card: `packaging/run bench tones [--tones N] [--json]`.

The card is the tests' FIFO, paced as sound is; the figure is from the call until the tone's first sample that isn't
silence comes out of PortAudio and ALSA, of which PortAudio's own buffer (40 ms asked) and the FIFO's 21 ms are the most.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.hardware.tones.sound_card import SoundCard

PLAYER = """
import json, random, sys, time
from hardware.tones import TonePlayer, SoundState, Tone
chance = random.Random(1)
calls = []
with TonePlayer() as player:
    while player.health().state is not SoundState.AUDIBLE:
        time.sleep(0.005)
    time.sleep(0.3)
    busy, wall = time.process_time(), time.monotonic()
    for _ in range(int(sys.argv[1])):
        before = time.monotonic()
        player.play(Tone.SUCCESS)
        calls.append((before, time.monotonic()))
        while not player.idle:
            time.sleep(0.01)
        time.sleep(0.2 + chance.random() * 0.05)
    share = (time.process_time() - busy) / (time.monotonic() - wall)
print(json.dumps({"calls": calls, "cpu": share}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tones", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        card = SoundCard(Path(folder))
        card.plug()
        process = subprocess.run(
            [sys.executable, "-c", PLAYER, str(options.tones)],
            env=os.environ | {"ALSA_CONFIG_PATH": str(card.config)},
            capture_output=True,
            text=True,
            check=True,
        )
        card.unplug()
    output = json.loads(process.stdout)
    bursts = card.bursts()
    assert len(bursts) == options.tones
    calls = np.array(output["calls"])
    heard = (np.array([card.heard_at(burst.start) for burst in bursts]) - calls[:, 0]) * 1000
    took = (calls[:, 1] - calls[:, 0]) * 1000
    figures = {"tones": options.tones, "player_cpu_share": round(output["cpu"], 4)}
    for name, values in (("play_to_card_ms", heard), ("play_call_ms", took)):
        for share in (50, 99):
            figures[f"{name}_p{share}"] = round(float(np.percentile(values, share)), 3)
    sys.stdout.write(
        json.dumps(figures) + "\n"
        if options.json
        else "".join(f"{name:24} {value}\n" for name, value in figures.items())
    )


if __name__ == "__main__":
    main()
