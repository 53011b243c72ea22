"""Benchmark of an hour at the turnstiles: 2,000 people, three gates and an exit, two outages of the hub.

    packaging/run bench turnstile [--people N] [--factor F] [--seed N] [--lan] [--json]

Real programs: a hub process, and a process a gate with station, store on disk, door process, and boards and scanners on ptys. 2 % are
cancelled (half of them during the hour), 1 % show their ticket twice (most at another gate), 1 % do not walk through; 30 % are read by
the camera; a relay is unplugged and plugged again; a passage sensor jams and then stays active. The hour is accelerated; windows and
pulses are as short as settings allow. Exits with 1 if something does not hold that must.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.hub_and_station import say
from tests.bench.turnstile.hour import run_hour


def main() -> None:
    """Run the hour and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--factor", type=float, default=15.0, help="how much faster than an hour")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--lan", action="store_true", help="the gates tell each other on the local network, too"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    port = 50_000 + os.getpid() % 1_000 * 10 if options.lan else 0
    with tempfile.TemporaryDirectory(prefix="doorward-turnstile-") as folder:
        figures = run_hour(Path(folder), options.people, options.factor, seed=options.seed, lan_port=port)
    say({"people": options.people, "lan": options.lan} | figures, as_json=options.json)
    sys.exit(1 if figures["broken"] else 0)


if __name__ == "__main__":
    main()
