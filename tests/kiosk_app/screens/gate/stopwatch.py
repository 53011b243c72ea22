"""Processor time of the Qt thread for a verdict, a frame and a tick: `python tests/kiosk_app/screens/gate/stopwatch.py`.

Figures, never pass or fail. Each is a call into the screen and the painting that it causes, in
milliseconds of the thread's processor time, so that a busy machine does not count.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from PySide6.QtWidgets import QApplication

import kiosk_app  # noqa: F401 - before the first Qt call
from tests.kiosk_app.screens.gate.gallery import LONG, camera_frame, inside, make_screen, outcome


def timed(name: str, times: int, call: Callable[[int], None]) -> None:
    """Write one line of figures."""
    took = []
    for number in range(times):
        start = time.thread_time()
        call(number)
        QApplication.processEvents()
        took.append((time.thread_time() - start) * 1000)
    took.sort()
    p95 = took[round(len(took) * 0.95) - 1]
    sys.stdout.write(
        f"{name:28} p50 {statistics.median(took):6.2f}  p95 {p95:6.2f}  max {took[-1]:6.2f} ms\n"
    )


def main() -> None:
    """Measure at two sizes."""
    application = QApplication(sys.argv[:1])
    names = ("Amara Okafor", LONG, "\u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646", "Ivo Marin")
    for size in ((1280, 800), (1920, 1080)):
        screen, clock = make_screen("en", "dark")
        screen.resize(*size)
        screen.show()
        application.processEvents()
        sys.stdout.write(f"{size[0]}x{size[1]}\n")

        def verdict(number: int, screen=screen) -> None:  # type: ignore[no-untyped-def]
            name = f"{names[number % 4]} {number}"
            screen.receive(outcome(name=name) if number % 2 else inside(name))
            screen.repaint()  # the whole window, which is more than what changed

        def tick(_number: int, screen=screen, clock=clock) -> None:  # type: ignore[no-untyped-def]
            clock.advance(timedelta(seconds=1))
            screen.apply(screen.presenter.tick())

        timed("verdict, whole window", 100, verdict)
        clock.advance(timedelta(seconds=9))
        tick(0)
        for image in (camera_frame(), camera_frame().scaled(1280, 720)):

            def frame(_number: int, screen=screen, image=image) -> None:  # type: ignore[no-untyped-def]
                screen.show_frame(image)
                screen.view.pages.idle.preview.repaint()

            timed(f"preview frame {image.width()}x{image.height()}", 100, frame)
        timed("tick", 100, tick)
        screen.close()


if __name__ == "__main__":
    main()
