"""Read rate and speed of the decode pipeline, and of pyzbar alone over the same frames in the same run.

    packaging/run bench decode [--frames N] [--seed N] [--json]

Frames are drawn (tests/bench/frames.py), seeded; photographs are read where they lie beside the repository. The pipeline
gets the camera's BGR frame, pyzbar the grey one ready made. A figure here never fails a run: it is there to be read.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pyzbar import pyzbar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hardware.camera import read_image  # noqa: E402
from hardware.codes import CodeReader, Rect, engines_available  # noqa: E402
from tests.bench.frames import code_frames, empty_frames  # noqa: E402

PHOTOS = ROOT.parent / "shared" / "qr-photos"
GUIDE = Rect(0.25, 0.1, 0.5, 0.8)
READERS = ("pipeline", "pyzbar")
ALL_OF = ("clean", "small", "inverted", "mirrored", "low contrast")


@dataclass
class Tally:
    """Results of one reader for one kind of frame."""

    frames: int = 0
    read: int = 0
    ms: list[float] = field(default_factory=list)

    def rate(self) -> float:
        """Share that was read."""
        return round(self.read / self.frames, 4) if self.frames else 0.0

    def times(self) -> dict[str, float]:
        """Median and 95th percentile, milliseconds."""
        if not self.ms:
            return {"median": 0.0, "p95": 0.0}
        return {
            "median": round(float(np.median(self.ms)), 3),
            "p95": round(float(np.percentile(self.ms, 95)), 3),
        }


class Bench:
    """Both readers over the same pictures, one after the other on each."""

    def __init__(self) -> None:
        self.reader = CodeReader()
        self.families: dict[str, dict[str, Tally]] = defaultdict(lambda: {name: Tally() for name in READERS})
        self.empty = {name: Tally() for name in (*READERS, "pipeline with guide")}
        self.photos = {name: Tally() for name in READERS}
        self.false_reads: dict[str, list[str]] = {name: [] for name in READERS}

    def pipeline(self, image: np.ndarray, guide: Rect | None = None) -> tuple[list[str], float]:
        start = time.perf_counter()
        reading = self.reader.read(image, guide)
        return list(reading.texts), (time.perf_counter() - start) * 1000

    def pyzbar(self, image: np.ndarray) -> tuple[list[str], float]:
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        scale = min(1.0, 1280 / max(grey.shape), 720 / min(grey.shape))
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        start = time.perf_counter()
        try:
            codes = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
        except ValueError:  # a structured-append code
            codes = []
        ms = (time.perf_counter() - start) * 1000
        return [code.data.decode("utf-8", "replace") for code in codes], ms

    def both(self, image: np.ndarray, tallies: dict[str, Tally], text: str | None, name: str) -> None:
        for reader in READERS:
            texts, ms = getattr(self, reader)(image)
            tally = tallies[reader]
            tally.frames += 1
            tally.ms.append(ms)
            tally.read += text is not None and any(_visible(result) == _visible(text) for result in texts)
            wrong = [result for result in texts if text is None or _visible(result) != _visible(text)]
            self.false_reads[reader] += [f"{name}: {result[:60]!r}" for result in wrong]

    def run(self, seed: int, frames: int) -> None:
        for frame in empty_frames(seed + 1000, 3):
            self.both(frame.image, {name: Tally() for name in READERS}, None, "warm-up")
        for frame in code_frames(seed, frames):
            self.both(frame.image, self.families[frame.family], frame.text, f"{frame.family} {frame.grade}")
        for frame in empty_frames(seed, max(30, frames // 4)):
            self.both(frame.image, self.empty, None, f"empty {frame.family}")
            texts, ms = self.pipeline(frame.image, GUIDE)
            self.empty["pipeline with guide"].ms.append(ms)
            self.false_reads["pipeline"] += [
                f"empty {frame.family}, guide: {result[:60]!r}" for result in texts
            ]
        if PHOTOS.is_dir():
            for photo in json.loads((PHOTOS / "manifest.json").read_text(encoding="utf-8")):
                self.both(read_image(PHOTOS / photo["file"]), self.photos, photo["text"], photo["file"])


def _visible(text: str) -> str:
    """Visible ASCII only: old generators' encodings differ (the photographs' README)."""
    return "".join(letter for letter in text if "!" <= letter <= "~")


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(
        sum(tally.frames for tally in tallies),
        sum(tally.read for tally in tallies),
        [ms for tally in tallies for ms in tally.ms],
    )


def report(bench: Bench, seed: int, seconds: float) -> dict[str, Any]:
    """Return all figures, as they are printed and as JSON."""
    code = {name: _sum([family[name] for family in bench.families.values()]) for name in READERS}
    empty = {name: tally.times() for name, tally in bench.empty.items()}
    ratio = round(empty["pipeline"]["median"] / empty["pyzbar"]["median"], 3)
    photos = (
        {name: tally.read for name, tally in bench.photos.items()}
        if bench.photos["pipeline"].frames
        else None
    )
    families = {
        family: {"frames": tallies["pipeline"].frames, **{name: tallies[name].rate() for name in READERS}}
        for family, tallies in bench.families.items()
    }
    return {
        "bench": "decode",
        "seed": seed,
        "engines": {status.name: status.available for status in engines_available()},
        "frames": code["pipeline"].frames,
        "read_rate": {name: tally.rate() for name, tally in code.items()},
        "families": families,
        "photos_total": bench.photos["pipeline"].frames,
        "photos_read": photos,
        "ms_code": {name: tally.times() for name, tally in code.items()},
        "empty_frames": bench.empty["pipeline"].frames,
        "ms_empty": empty,
        "empty_ratio": ratio,
        "false_reads": {name: len(results) for name, results in bench.false_reads.items()},
        "false_read_list": bench.false_reads["pipeline"],
        "required": {
            "read_rate >= 0.91": code["pipeline"].rate() >= 0.91,
            f"all of {', '.join(ALL_OF)}": all(families[name]["pipeline"] == 1 for name in ALL_OF),
            "photos >= 96": None if photos is None else photos["pipeline"] >= 96,
            "empty_ratio <= 0.6": ratio <= 0.6,
            "no false read": not bench.false_reads["pipeline"],
        },
        "seconds": round(seconds, 1),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the table for people."""
    print(f"{'family':<20}{'frames':>8}{'pipeline':>10}{'pyzbar':>10}")
    for family, row in figures["families"].items():
        print(f"{family:<20}{row['frames']:>8}{row['pipeline']:>10.1%}{row['pyzbar']:>10.1%}")
    rate = figures["read_rate"]
    print(f"{'all':<20}{figures['frames']:>8}{rate['pipeline']:>10.1%}{rate['pyzbar']:>10.1%}")
    photos = figures["photos_read"]
    if photos is None:
        print(f"photographs: none at {PHOTOS}")
    else:
        print(
            f"{'photographs':<20}{figures['photos_total']:>8}{photos['pipeline']:>10}{photos['pyzbar']:>10}"
        )
    for kind in ("code", "empty"):
        for name, times in figures[f"ms_{kind}"].items():
            print(f"ms on {kind} frames, {name}: median {times['median']:.2f}, p95 {times['p95']:.2f}")
    print(f"empty frames, pipeline / pyzbar: {figures['empty_ratio']:.3f}")
    print(f"false reads: {figures['false_reads']['pipeline']} (pyzbar {figures['false_reads']['pyzbar']})")
    for false in figures["false_read_list"]:
        print(f"  {false}")
    for requirement, met in figures["required"].items():
        print(f"required: {requirement}: {'not measured' if met is None else 'yes' if met else 'NO'}")
    print(f"{figures['seconds']} s")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=560, help="frames with a code (56 is one of each kind)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    if options.frames < 1:
        parser.error("--frames should be 1 or more")
    bench = Bench()
    start = time.perf_counter()
    bench.run(options.seed, options.frames)
    figures = report(bench, options.seed, time.perf_counter() - start)
    show(figures)
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
