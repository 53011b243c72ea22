"""A real mailbox: Debian's Dovecot, with TLS on one port and STARTTLS on another."""

import getpass
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.network.certificates import write_certificate
from tests.support.waiting import eventually

USER, PASSWORD = "bounces", "right"
_CONFIGURATION = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = yes
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
{users}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
  # After a wrong password the next sign-in of the same address would wait for seconds.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
first_valid_uid = 0
first_valid_gid = 0
"""


@dataclass(frozen=True)
class ImapServer:
    """A running server; its certificate is for `localhost`, signed by `authority`."""

    tls_port: int
    plain_port: int
    authority: Path

    def client(self) -> imaplib.IMAP4_SSL:
        """Return a connection of another program, signed in."""
        context = ssl.create_default_context(cafile=self.authority)
        client = imaplib.IMAP4_SSL("localhost", self.tls_port, ssl_context=context, timeout=20)
        client.login(USER, PASSWORD)
        return client

    def deliver(self, *mails: bytes) -> None:
        """Put mails into the inbox."""
        client = self.client()
        for mail in mails:
            kind, answer = client.append("INBOX", None, None, mail)
            assert kind == "OK", answer
        client.logout()

    def flags(self) -> dict[str, str]:
        """Return the flags of the mails of the inbox by their subjects."""
        client = self.client()
        client.select("INBOX", readonly=True)
        _, answer = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        client.logout()
        pairs = [part for part in answer if isinstance(part, tuple)]
        return {
            head.decode().partition(":")[2].strip(): about.decode().partition("FLAGS (")[2].partition(")")[0]
            for about, head in pairs
        }


@contextmanager
def running_imap_server() -> Iterator[ImapServer]:
    """Run a server with one empty mailbox until the block ends."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "dovecot-imapd is missing: packaging/run setup installs it"
    with tempfile.TemporaryDirectory(prefix="dw-imap-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        is_root = os.geteuid() == 0
        owner = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
        if is_root:
            os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
        certificate = write_certificate(folder)
        plain_port, tls_port = _free_ports(2)
        me = getpass.getuser()
        file = folder / "dovecot.conf"
        file.write_text(
            _CONFIGURATION.format(
                folder=folder,
                certificate=certificate.server,
                users="" if is_root else f"default_internal_user = {me}\ndefault_login_user = {me}",
                chroot="" if is_root else "chroot =",
                plain_port=plain_port,
                tls_port=tls_port,
                password=PASSWORD,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
            )
        )
        with subprocess.Popen([program, "-F", "-c", str(file)], stderr=subprocess.PIPE) as process:
            try:
                eventually(lambda: _answers(process, tls_port), within_s=60)
                yield ImapServer(tls_port, plain_port, certificate.authority)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(20)


def _free_ports(number: int) -> list[int]:
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    assert process.poll() is None, process.stderr and process.stderr.read()
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
