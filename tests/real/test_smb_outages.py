"""Servers that die, hang, come back and cut the line in the middle of an answer."""

import itertools
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.real.samba import SHARE, started_samba
from wamspool.clock import SystemClock
from wamspool.errors import Denied, Gone, Unreachable
from wamspool.shares.smb.addresses import parse_address
from wamspool.shares.smb.credentials import find_credentials
from wamspool.shares.smb.share import SmbShare

pytestmark = pytest.mark.real
SHORT_S = 1.0
SOON_S = 60.0
_NUMBER = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Of this module's own: it is killed and frozen."""
    yield from started_samba(tmp_path_factory.mktemp("samba-outages"))


@pytest.fixture
def client(server):
    opened = []

    def make(address=None, *, timeout_s=SHORT_S, environment=None):
        where = parse_address(address or server.address())
        credentials = find_credentials(where, environment or server.environment)
        share = SmbShare(where, credentials, SystemClock(), timeout_s=timeout_s)
        opened.append(share)
        return share

    yield make
    for share in opened:
        share.close()


@pytest.fixture
def share(client, server):
    server.new_folder(folder := f"outage-{next(_NUMBER)}")
    return client(server.address(folder), timeout_s=10)


def verbs(share):
    return {
        "list": lambda: share.list(""),
        "read": lambda: share.read("a"),
        "examine": lambda: share.examine("a"),
        "create": lambda: share.create(f"new-{next(_NUMBER)}", b"x"),
        "replace": lambda: share.replace("a", b"y"),
        "append": lambda: share.append("a", b"z"),
        "make_folder": lambda: share.make_folder(f"new-{next(_NUMBER)}"),
        "move": lambda: share.move("a", "b"),
        "remove": lambda: share.remove("a"),
    }


@pytest.mark.parametrize("verb", verbs(None))
def test_a_server_that_was_started_anew_is_found_again(server, share, verb):
    """The old connection is known to be dead before anything is sent: nothing is unknown."""
    share.create("a", b"x")
    server.stop(signal.SIGKILL)
    server.start()
    verbs(share)[verb]()


@pytest.mark.parametrize("verb", ["list", "make_folder"])
def test_a_server_that_is_gone_is_unreachable_until_it_is_back(server, share, verb):
    share.create("a", b"x")
    server.stop(signal.SIGKILL)
    try:
        for _ in range(3):
            with pytest.raises(Unreachable):
                verbs(share)[verb]()
        with share.lock("l", timeout_s=0.1) as had:
            assert not had
    finally:
        server.start()
    verbs(share)[verb]()


@pytest.mark.parametrize("verb", verbs(None))
def test_a_server_that_hangs_is_not_waited_for(server, client, verb):
    server.new_folder(folder := f"hang-{next(_NUMBER)}")
    share = client(server.address(folder))
    share.create("a", b"x")
    with server.frozen(), pytest.raises(Unreachable):
        verbs(share)[verb]()
    share.list("")


def test_a_server_that_hangs_while_much_is_written_is_not_waited_for(server, client, tmp_path):
    (tmp_path / "large").write_bytes(bytes(64 << 20))
    share = client()
    share.list("")

    def frozen_on_the_way(pieces):
        yield next(pieces)
        server.send(signal.SIGSTOP)
        yield from pieces

    try:
        with pytest.raises(Unreachable):
            share.copy_in(tmp_path / "large", "large", transform=frozen_on_the_way)
    finally:
        server.send(signal.SIGCONT)
    assert "large" not in {entry.name for entry in share.list("")}


def test_of_many_threads_none_waits_for_the_others_to_fail(server, client):
    share = client()
    with server.frozen(), ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(share.list, "") for _ in range(16)]
        errors = [call.exception(SOON_S) for call in calls]
    assert {type(error) for error in errors} == {Unreachable}
    share.list("")


def test_a_first_call_to_a_server_that_hangs_is_not_waited_for(server, client):
    share = client()
    with server.frozen(), pytest.raises(Unreachable):
        share.list("")
    share.list("")


def test_a_process_ends_though_its_server_hangs(server, client):
    """By itself the library says farewell to a server at the end, for minutes."""
    server.new_folder("exit")
    program = textwrap.dedent("""
        import os, sys
        from wamspool.clock import SystemClock
        from wamspool.open_share import open_share
        share = open_share(sys.argv[1], SystemClock(), environment=os.environ)
        share.make_folder("door")
        share.watch(("door",), print)
        lock = share.lock("lock", timeout_s=5)
        assert lock.__enter__()
        pieces = share.chunks("large")
        next(pieces)
        print("ready", flush=True)
        sys.stdin.readline()
    """)
    (server.disk / "exit/large").write_bytes(bytes(5 << 20))
    process = subprocess.Popen(
        [sys.executable, "-c", program, server.address("exit")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**server.environment, "PYTHONPATH": ".", "PATH": "/usr/bin"},
    )
    with process:
        try:
            assert process.stdout.readline() == b"ready\n"
            with server.frozen():
                process.stdin.write(b"\n")
                process.stdin.close()
                assert process.wait(timeout=SOON_S) == 0
        finally:
            process.kill()


def test_a_watch_survives_its_server(server, share):
    share.make_folder("incoming")
    told = threading.Semaphore(0)
    watch = share.watch(("incoming",), lambda folder: told.release())
    assert told.acquire(timeout=SOON_S), "the beginning is told"
    server.stop(signal.SIGKILL)
    server.start()
    assert told.acquire(timeout=SOON_S), "whatever may have been missed"
    while told.acquire(timeout=0.5):
        pass
    share.create("incoming/a", b"x")
    assert told.acquire(timeout=SOON_S)
    watch.stop()


def test_a_watch_is_stopped_though_its_server_hangs(server, share):
    share.make_folder("incoming")
    watch = share.watch(("incoming",), lambda folder: None)
    with server.frozen():
        stopper = threading.Thread(target=watch.stop)
        stopper.start()
        stopper.join(SOON_S)
        assert not stopper.is_alive()


def test_a_lock_is_free_when_its_holder_is_gone(share, client, server):
    other = client(share.location, timeout_s=10)
    with share.lock("lock", timeout_s=5) as mine:
        assert mine
        share.close()  # as a killed process does: the socket is closed, and no more
        with other.lock("lock", timeout_s=30) as theirs:
            assert theirs


class CuttingProxy:
    """Hands everything on, until told to: then requests still arrive, and no answer returns."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.is_cutting = False
        self._sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._sockets += [near, far]
                for pair, answers in (((near, far), False), ((far, near), True)):
                    threading.Thread(target=self._pump, args=(*pair, answers), daemon=True).start()

    def _pump(self, source, target, answers):
        with suppress(OSError):
            while chunk := source.recv(65536):
                if answers and self.is_cutting:
                    break
                target.sendall(chunk)
            for end in (source, target):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        for opened in (self._listener, *self._sockets):
            opened.close()


@pytest.fixture
def proxy(server):
    proxy = CuttingProxy(server.port)
    yield proxy
    proxy.close()


def test_after_a_lost_answer_it_is_not_known_whether_it_was_done(server, client, proxy):
    folder = server.new_folder(f"lost-{next(_NUMBER)}")
    share = client(f"smb://127.0.0.1:{proxy.port}/{SHARE}/{folder.name}", timeout_s=10)
    share.list("")
    proxy.is_cutting = True
    with pytest.raises(Unreachable):
        share.make_folder("door")
    proxy.is_cutting = False
    assert [entry.name for entry in share.list("")] == ["door"], "it was"


def test_what_changes_nothing_is_asked_again(server, client, proxy, monkeypatch):
    folder = server.new_folder(f"lost-{next(_NUMBER)}")
    (folder / "a").write_bytes(b"x")
    share = client(f"smb://127.0.0.1:{proxy.port}/{SHARE}/{folder.name}", timeout_s=10)
    for verb in (lambda: share.read("a"), lambda: share.list(""), lambda: share.examine("a")):
        verb()
        proxy.is_cutting = True
        heal = threading.Timer(0.2, setattr, (proxy, "is_cutting", False))
        real = share._lines.new_line

        def healed(heal=heal, real=real):
            heal.join()
            return real()

        monkeypatch.setattr(share._lines, "new_line", healed)
        heal.start()
        verb()
        monkeypatch.undo()


def test_who_may_not_come_in_is_told_what_to_do(server, client):
    wrong = client(environment=server.environment | {"WAM_SMB_PASSWORD": "wrong-and-secret"})
    with pytest.raises(Denied) as caught:
        wrong.list("")
    assert "WAM_SMB_PASSWORD" in caught.value.cure
    assert "wrong-and-secret" not in str(caught.value) + caught.value.cure + wrong.location


def test_without_any_credentials_the_ways_in_are_named(server, client, tmp_path):
    nobody = client(environment={"HOME": str(tmp_path)})
    with pytest.raises(Denied) as caught:
        nobody.list("")
    assert "WAM_SMB_USER" in caught.value.cure and "kinit" in caught.value.cure


def test_nobody_is_let_in_as_a_guest(client, tmp_path_factory):
    """Who is taken for a guest gets no signature, and other rights than were asked for."""
    folder = tmp_path_factory.mktemp("samba-guests")
    for server in started_samba(folder, more="  map to guest = bad user"):
        known = server.environment
        client(server.address(), environment=known).list("")
        stranger = client(server.address(), environment=known | {"WAM_SMB_USER": "nobody-known"})
        with pytest.raises(Denied, match="guest") as caught:
            stranger.list("")
        assert "WAM_SMB_PASSWORD" in caught.value.cure


@pytest.mark.parametrize("dialect", ["SMB2_02", "SMB2_10", "SMB3_02"])
def test_older_servers_are_served_too(client, tmp_path, tmp_path_factory, dialect):
    """The oldest carry 64 kB a message, and know neither encryption nor many credits."""
    large = bytes(range(256)) * 8192
    (tmp_path / "in").write_bytes(large)
    folder = tmp_path_factory.mktemp("samba-old")
    for server in started_samba(folder, more=f"  server max protocol = {dialect}"):
        share = client(server.address(), environment=server.environment)
        share.make_folder("folder")
        share.create("folder/a", b"x" * 100_000)
        share.append("folder/a", b"y" * 100_000)
        assert share.read("folder/a") == b"x" * 100_000 + b"y" * 100_000
        share.replace("folder/a", b"z")
        share.move("folder/a", "b")
        share.copy_in(tmp_path / "in", "folder/c")
        assert b"".join(share.chunks("folder/c")) == large
        for number in range(700):
            (server.disk / f"folder/a-name-that-is-rather-long-{number:04d}").touch()
        assert len(share.list("folder")) == 701
        share.remove("b")
        assert [entry.name for entry in share.list("")] == ["folder"]


def test_a_share_that_is_not_offered_is_no_lost_file(server, client):
    """Told that its ticket is gone, a node would stop the solver."""
    share = client(server.address().replace(SHARE, "absent"))
    with pytest.raises(Unreachable, match="offers no share 'absent'"):
        share.read("a")


def test_a_folder_that_is_not_there_is_gone(server, client):
    with pytest.raises(Gone):
        client(server.address("absent")).list("")


def test_what_goes_over_the_wire_is_signed_and_on_request_encrypted(server, client, monkeypatch):
    from smbprotocol.connection import Connection

    encrypted, signed = [], []
    for name, seen in (("_encrypt", encrypted), ("_generate_signature", signed)):
        real = getattr(Connection, name)

        def noted(self, *arguments, real=real, seen=seen):
            seen.append(1)
            return real(self, *arguments)

        monkeypatch.setattr(Connection, name, noted)
    client().list("")
    assert signed and not encrypted
    signed.clear()
    share = client(server.address() + "?encrypt=yes")
    share.create(f"e{next(_NUMBER)}", b"x")
    assert len(encrypted) >= 3
    assert share.location.endswith("?encrypt=yes")
