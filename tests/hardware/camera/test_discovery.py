"""The cameras of a machine, as the kernel lists them."""

from pathlib import Path

from hardware.camera.discovery import CameraChoice, list_cameras


def test_cameras_are_listed_once_each_by_number_without_their_metadata(tmp_path: Path) -> None:
    for name, index, text in (("video0", "0", "Webcam"), ("video1", "1", "Webcam"), ("video10", "0", "C920")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index").write_text(f"{index}\n")
        (tmp_path / name / "name").write_text(f"{text}\n")
    (tmp_path / "video2").mkdir()
    (tmp_path / "vbi0").mkdir()
    assert list_cameras(tmp_path) == (
        CameraChoice("usb:0", "Webcam"),
        CameraChoice("usb:2"),
        CameraChoice("usb:10", "C920"),
    )
    assert list_cameras(tmp_path / "none") == ()
