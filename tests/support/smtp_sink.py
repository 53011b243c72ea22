"""A mail server in a process of its own, which does to each message what the recipient's address says.

    python -m tests.support.smtp_sink --file FILE [--login USER:PASSWORD] [--limit N]

It prints its port, and writes each message that it accepts as a line of JSON into the file. Local parts begin with what happens:
`later` 451 at the first attempt, `defer` 451 always, `bounce` 550 5.1.1 at RCPT, `full` 552, `spam` 550 5.7.1 after DATA,
`closes` 421 at RCPT at the first attempt, `drop` and `hang` after DATA; anything else is accepted. With `--limit`, a connection is
closed with 421 after so many messages.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ROOT = Path(__file__).parents[2]
AtMost = int | None


class Sink:
    """The handler of all connections."""

    def __init__(self, file: Path, limit: AtMost) -> None:
        self._file = file.open("a", encoding="utf-8", buffering=1)
        self._limit = limit
        self._attempts: Counter[str] = Counter()

    def reset(self) -> None:
        """Forget all messages and attempts, and say so."""
        self._file.truncate(0)
        self._attempts.clear()
        print("reset", flush=True)  # noqa: T201 - to the parent

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT by the address."""
        del server, session, options
        kind = address.partition("@")[0].rstrip("0123456789-")
        self._attempts[address] += 1
        is_first = self._attempts[address] == 1
        if kind == "bounce":
            return "550 5.1.1 no such user"
        if kind == "full":
            return "552 5.2.2 mailbox full"
        if kind == "defer" or (kind == "later" and is_first):
            return "451 4.7.1 try again"
        if kind == "closes" and is_first:
            return "421 4.3.2 closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept a message, or do what its recipient's address says."""
        address = envelope.rcpt_tos[0]
        kind = address.partition("@")[0].rstrip("0123456789-")
        if kind == "spam":
            return "550 5.7.1 looks like spam"
        if kind == "hang":
            await asyncio.sleep(3600)
        if kind == "drop":
            _transport(server).abort()
            return "250 unheard"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        head = BytesHeaderParser().parsebytes(content)
        stored = {
            "to": address,
            "from": envelope.mail_from,
            "message_id": head["Message-ID"],
            "raw": content.decode("utf-8", "replace"),
        }
        self._file.write(json.dumps(stored) + "\n")
        session.messages = getattr(session, "messages", 0) + 1  # type: ignore[attr-defined]
        if self._limit and session.messages >= self._limit:  # type: ignore[attr-defined]
            asyncio.get_running_loop().call_later(0, _say_goodbye, server)
        return "250 OK"


def _say_goodbye(server: SMTP) -> None:
    transport = _transport(server)
    transport.write(b"421 4.7.0 too many messages\r\n")
    transport.close()


def _transport(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport


async def _serve(arguments: argparse.Namespace) -> None:
    sink = Sink(arguments.file, arguments.limit)
    user, _, password = (arguments.login or "").partition(":")

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        del server, session, envelope, mechanism
        ok = isinstance(data, LoginPassword) and (data.login, data.password) == (
            user.encode(),
            password.encode(),
        )
        return AuthResult(success=ok, handled=False)

    def protocol() -> SMTP:
        return SMTP(
            sink,
            enable_SMTPUTF8=True,
            authenticator=authenticate if user else None,
            auth_required=bool(user),
            auth_require_tls=False,
            loop=loop,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", arguments.port)
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    loop.add_signal_handler(signal.SIGUSR1, sink.reset)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - to the parent
    await over.wait()


@dataclass(frozen=True)
class RunningSink:
    """A running mail server."""

    port: int
    file: Path
    _process: "subprocess.Popen[str]"

    def reset(self) -> None:
        """Let it forget all messages, and how often each address was tried."""
        self._process.send_signal(signal.SIGUSR1)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "reset\n"

    def messages(self) -> list[dict[str, str]]:
        """Return the messages that it has accepted; one may be half written."""
        complete, _, _ = self.file.read_text("utf-8").rpartition("\n")
        return [json.loads(line) for line in complete.splitlines()]

    def recipients(self) -> Counter[str]:
        """Return how often each address got a message."""
        return Counter(message["to"] for message in self.messages())


@contextmanager
def running_sink(folder: Path, login: str = "", limit: AtMost = None, port: int = 0) -> Iterator[RunningSink]:
    """Run a mail server until the block ends."""
    file = folder / "mails.jsonl"
    arguments = ["--file", str(file), "--port", str(port)]
    if login:
        arguments += ["--login", login]
    if limit:
        arguments += ["--limit", str(limit)]
    command = [sys.executable, "-m", "tests.support.smtp_sink", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield RunningSink(int(process.stdout.readline()), file, process)
        finally:
            process.terminate()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--login")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
