"""The frames of `packaging/run bench decode`: drawing all of them takes nine seconds."""

from tests.bench.frames import FAMILIES, GRADES, code_frames, empty_frames


def test_the_benchmarks_frames_cover_every_family_and_grade_and_say_what_they_hold() -> None:
    frames = list(code_frames(3, len(FAMILIES) * len(GRADES)))

    assert {(frame.family, frame.grade) for frame in frames} == {(f, g) for f in FAMILIES for g in GRADES}
    assert len({frame.text for frame in frames}) == len(frames)
    assert all(frame.text and len(frame.text) >= 200 for frame in frames)
    assert all(frame.text is None for frame in empty_frames(3, 12))
