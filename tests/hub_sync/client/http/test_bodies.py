"""Bodies that are larger than any rightful one: over real sockets, and without their memory."""

import gzip
import tracemalloc

import httpx
import pytest
import zstandard

from hub_sync.client.http import errors
from hub_sync.client.http.bodies import read_body
from hub_sync.client.http.errors import HubClientError, InvalidHubResponse, ResponseTooLarge
from hub_sync.client.http.hub_api import HubApi
from tests.support.network.hostile_hub import JSON, HostileHub, http, whole

MIB = 1 << 20


def response(body: bytes, encoding: str = "identity") -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": encoding}, stream=httpx.ByteStream(body))


def pull_failure(body: bytes, headers: bytes = JSON) -> tuple[HubClientError, int]:
    """Pull from a hub that answers with a body. Return the failure, and the greatest memory in use meanwhile."""
    with HostileHub(pull=whole(http("200 OK", body, headers))) as hub:
        api = HubApi(hub.url)
        tracemalloc.start()
        try:
            with pytest.raises(HubClientError) as failure:
                api.pull(None, 1000)
            return failure.value, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            api.close()


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_not_decompressed_further_than_its_limit(encoding: str) -> None:
    plain = b" " * (200 * MIB)
    bomb = gzip.compress(plain, 9) if encoding == "gzip" else zstandard.compress(plain)
    failure, peak = pull_failure(bomb, JSON + b"Content-Encoding: %s\r\n" % encoding.encode())
    assert isinstance(failure, ResponseTooLarge)
    assert str(failure) == errors.TOO_LARGE
    assert peak < 40 * MIB


def test_four_megabytes_of_wrong_types_cost_no_gigabytes() -> None:
    wrong = b'{"epoch":"e","cursor":"c","more":false,"snapshot":true,"server_time_ms":1,"participants":['
    failure, peak = pull_failure(wrong + b"1," * (2 * MIB - 100) + b"1]}")
    assert isinstance(failure, ResponseTooLarge)
    assert peak < 40 * MIB


def test_a_body_without_an_end_is_given_up_at_the_limit() -> None:
    failure, peak = pull_failure(b"[" * (6 * MIB))
    assert isinstance(failure, ResponseTooLarge)
    assert peak < 40 * MIB


def test_an_error_page_is_not_read_further_than_a_problem_is_long() -> None:
    with HostileHub(time=whole(http("403 Forbidden", b"x" * (8 * MIB)))) as hub:
        api = HubApi(hub.url)
        with pytest.raises(InvalidHubResponse, match="log-in page"):
            api.time()
        api.close()


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_a_body_of_exactly_the_limit_is_read(encoding: str) -> None:
    plain = bytes(range(256)) * 256
    packed = {"gzip": gzip.compress(plain), "zstd": zstandard.compress(plain), "identity": plain}[encoding]
    assert read_body(response(packed, encoding), len(plain)) == plain
    with pytest.raises(ResponseTooLarge):
        read_body(response(packed, encoding), len(plain) - 1)


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", gzip.compress(b"x" * 99)[:-9]), ("br", b"x")], ids=["gzip", "br"]
)
def test_a_body_that_cannot_be_decompressed_is_damaged(encoding: str, body: bytes) -> None:
    with pytest.raises(InvalidHubResponse, match="cut off"):
        read_body(response(body, encoding), MIB)


def test_a_live_stream_without_line_ends_is_given_up() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b"x" * MIB
    with HostileHub(live=whole(endless)) as hub:
        api = HubApi(hub.url)
        with pytest.raises(ResponseTooLarge), api.live() as live:
            list(live.events())
        api.close()


def test_a_frame_that_asks_for_much_memory_is_refused_however_short_it_is() -> None:
    large_window = zstandard.ZstdCompressionParameters.from_level(3, window_log=26, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=large_window)
    frame = compressor.compressobj()
    body = frame.compress(b"{}") + frame.flush()
    with pytest.raises(InvalidHubResponse):
        read_body(response(body, "zstd"), MIB)
