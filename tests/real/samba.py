"""A Samba server of the tests' own: Debian's smbd on a free loopback port, in a folder of its own.

Nothing of the system's Samba settings is used or changed. The account is the one that runs the
tests, with a password made for the occasion in a password file of the server's own. What is
started here is ended here, by process number.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SMBD = shutil.which("smbd") or shutil.which("smbd", path="/usr/sbin:/sbin") or ""
SHARE = "spool"
_FOLDERS = "share lock state cache private pid log ncalrpc".split()
_START_S = 30.0
_SETTINGS = """
[global]
  workgroup = WAMTEST
  server role = standalone server
  smb ports = {port}
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  disable netbios = yes
  disable spoolss = yes
  load printers = no
  map to guest = never
  passdb backend = tdbsam:{root}/private/passdb.tdb
  private dir = {root}/private
  lock directory = {root}/lock
  state directory = {root}/state
  cache directory = {root}/cache
  pid directory = {root}/pid
  ncalrpc dir = {root}/ncalrpc
  log file = {root}/log/log.smbd
  log level = 1
{more}
[{share}]
  path = {root}/share
  read only = no
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


class Samba:
    """A server that can be stopped, frozen, killed and started again on the same port."""

    def __init__(self, root: Path, *, more: str = "") -> None:
        self.root = root
        self.disk = root / "share"
        self.port = _free_port()
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.password = secrets.token_urlsafe(12)
        self._server: subprocess.Popen[bytes] | None = None
        for name in _FOLDERS:
            (root / name).mkdir(parents=True)
        self._settings = root / "smb.conf"
        self._settings.write_text(
            _SETTINGS.format(root=root, port=self.port, share=SHARE, more=more), encoding="utf-8"
        )
        said = f"{self.password}\n{self.password}\n".encode()
        # Not smbpasswd, which for an ordinary account asks a running server.
        command = ["pdbedit", "-s", str(self._settings), "-a", "-t", "-u", self.user]
        subprocess.run(command, input=said, check=True, capture_output=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a client's environment holds, so that it may come in."""
        return {"WAM_SMB_USER": self.user, "WAM_SMB_PASSWORD": self.password}

    def address(self, folder: str = "") -> str:
        """The address of a folder of the share."""
        return f"smb://127.0.0.1:{self.port}/{SHARE}" + (f"/{folder}" if folder else "")

    def new_folder(self, name: str) -> Path:
        """A new folder of the share, on the server's disk."""
        folder = self.disk / name
        folder.mkdir()
        return folder

    def start(self) -> None:
        """It answers."""
        command = [SMBD, "--foreground", "--no-process-group", f"--configfile={self._settings}"]
        with (self.root / "log/stdout").open("ab") as log:
            self._server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline_s = time.monotonic() + _START_S
        while not _answers(self.port):
            said = (self.root / "log/stdout").read_text(errors="replace")
            assert self._server.poll() is None, f"smbd ended: {said}"
            assert time.monotonic() < deadline_s, f"smbd does not answer: {said}"
            time.sleep(0.05)

    def processes(self) -> list[psutil.Process]:
        """The server and the process of each connection."""
        if self._server is None or self._server.poll() is not None:
            return []
        try:
            server = psutil.Process(self._server.pid)
            return [server, *server.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def send(self, number: signal.Signals) -> None:
        """Sent to the server and to the process of each connection."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Nothing of it runs any more."""
        left = self.processes()
        self.send(signal.SIGCONT)
        self.send(number)
        if self._server is not None:
            self._server.wait(timeout=20)
        _, alive = psutil.wait_procs(left[1:], timeout=10)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=10)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections (the kernel does) and answers nothing."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)


def started_samba(folder: Path, *, more: str = "") -> Iterator[Samba]:
    """A server for a fixture; without smbd the test is skipped, and so fails where CI is set."""
    if not SMBD:
        pytest.skip("smbd is not installed: sh tools/setup.sh test")
    server = Samba(folder, more=more)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    """One server for all tests of a worker; each test has a folder of its own."""
    yield from started_samba(tmp_path_factory.mktemp("samba"))
