"""Waiting for a file whose number is greater than `select` takes."""

import fcntl
import os
import resource

import pytest

from hardware.ready_files import wait_ready


def test_a_descriptor_above_1023_is_waited_for() -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 1500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    reading, writing = os.pipe()
    far = fcntl.fcntl(reading, fcntl.F_DUPFD, 1200)
    try:
        assert not wait_ready(far, 0.0)
        os.write(writing, b"x")
        assert wait_ready(far, 1.0)
        assert wait_ready(writing, 1.0, to_write=True)
    finally:
        for each in (reading, writing, far):
            os.close(each)


def test_a_closed_file_is_no_quiet_one() -> None:
    with pytest.raises((OSError, ValueError)):
        wait_ready(-1, 0.0)
