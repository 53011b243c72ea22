"""Static files: those of others are what their package published, and a worker has a policy of its own."""

import json
from hashlib import sha256

from hub_sync.hub.console.security.headers import CSP
from hub_sync.hub.console.static_files import FOLDER, own_files

VENDORED = FOLDER / "vendor"


def test_files_of_others_are_those_of_the_version_beside_them() -> None:
    folders = [folder for folder in VENDORED.iterdir() if folder.is_dir()]
    assert [folder.name for folder in folders] == ["zxing-wasm"]
    for folder in folders:
        version = json.loads((folder / "version.json").read_text())
        assert version["integrity"].startswith("sha512-")
        assert (folder / "LICENSE").read_text().startswith("MIT License")
        assert "Apache License" in (folder / "LICENSE-zxing-cpp").read_text()
        for name, published in version["files"].items():
            assert sha256((folder / name).read_bytes()).hexdigest() == published["sha256"], name
        shipped = {path.name for path in folder.iterdir()}
        assert shipped == {*version["files"], "version.json", "LICENSE", "LICENSE-zxing-cpp"}


def test_only_a_worker_may_run_webassembly() -> None:
    static = own_files()
    worker = static.answer(static.version, "js/scanner/decoder_worker.js")
    assert worker.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    )
    assert "content-security-policy" not in static.answer(static.version, "js/scanner/scanner.js").headers
    assert "wasm" not in CSP
    assert (
        static.answer(static.version, "vendor/zxing-wasm/zxing_reader.wasm").media_type == "application/wasm"
    )
