"""A child process of a run that is killed while it writes: `python -m`."""

import os
import signal
import sys

sys.stdin.read()
sys.stdout.write('{"compar')
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
