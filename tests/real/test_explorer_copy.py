"""A deck that is copied into ``incoming/`` as Windows Explorer does it, seen over SMB and from the
server's own disk: the file is opened for nobody else, its full size is set first, the text comes
piece by piece, and at the end it gets the old modification time of its source.
"""

import os
import time
import uuid
from datetime import UTC, datetime

import pytest
from smbprotocol.connection import Connection
from smbprotocol.file_info import FileBasicInformation, FileEndOfFileInformation
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    FileAttributes,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    SMB2SetInfoRequest,
)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from tests.real.real_spool import journal_of, make_spool, outcomes, serving, wait_for
from tests.real.samba import SHARE, started_samba

pytestmark = pytest.mark.real

SIZE_BYTES = int(os.environ.get("WAM_EXPLORER_MB", "24")) << 20
PIECE_BYTES = 1 << 20
HELD_OPEN_S = float(os.environ.get("WAM_EXPLORER_HELD_S", "9"))
QUIET_S = 2.0
# Ten-millionths of a second since 1601, as the protocol counts.
FILETIME_OF_2020 = int((datetime(2020, 5, 4, tzinfo=UTC).timestamp() + 11_644_473_600) * 10**7)


@pytest.fixture
def server(tmp_path_factory):
    yield from started_samba(tmp_path_factory.mktemp("samba-explorer"))


class Explorer:
    """One file being copied."""

    def __init__(self, server, path):
        self.connection = Connection(uuid.uuid4(), "127.0.0.1", server.port)
        self.connection.connect()
        self.session = Session(self.connection, server.user, server.password)
        self.session.connect()
        tree = TreeConnect(self.session, rf"\\127.0.0.1\{SHARE}")
        tree.connect()
        self.file = Open(tree, path)
        self.file.create(
            ImpersonationLevel.Impersonation,
            FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE,
            FileAttributes.FILE_ATTRIBUTE_NORMAL,
            0,
            CreateDisposition.FILE_CREATE,
            CreateOptions.FILE_NON_DIRECTORY_FILE,
        )

    def _set(self, said):
        request = SMB2SetInfoRequest()
        request["info_type"] = said.INFO_TYPE
        request["file_info_class"] = said.INFO_CLASS
        request["file_id"] = self.file.file_id
        request["buffer"] = said
        tree = self.file.tree_connect
        sent = self.connection.send(request, self.session.session_id, tree.tree_connect_id)
        self.connection.receive(sent)

    def set_size(self, size_bytes):
        said = FileEndOfFileInformation()
        said["end_of_file"] = size_bytes
        self._set(said)

    def write(self, offset, piece):
        self.file.write(piece, offset)

    def set_old_time(self):
        said = FileBasicInformation()
        for name in ("creation_time", "last_access_time", "change_time"):
            said[name] = 0
        said["last_write_time"] = FILETIME_OF_2020
        said["file_attributes"] = 0
        self._set(said)

    def close(self):
        self.file.close()
        self.connection.disconnect()


def deck_pieces():
    """A shell script for the command profile that is as long as a large mesh."""
    line = b"# 1234567, 0.123456, 0.234567, 0.345678\n"
    text = b"echo done >big.dat\nexit 0\n" + line * (SIZE_BYTES // len(line))
    return [text[start : start + PIECE_BYTES] for start in range(0, len(text), PIECE_BYTES)]


@pytest.mark.parametrize("seen", ["over-smb", "on-the-servers-disk"])
@pytest.mark.timeout(240)
def test_a_copy_of_explorer_is_taken_after_its_end_and_never_before(server, tmp_path, seen):
    root = make_spool(server.disk / "spool", quiet=QUIET_S, heartbeat=2, lease=60)
    place = server.address("spool") if seen == "over-smb" else root
    given = ("--cpus", "2", "--poll", "0.3")
    with serving(place, tmp_path / "alpha", *given, **server.environment) as service:
        wait_for((service.scratch / "status.json").is_file, "the service has begun")
        pieces = deck_pieces()
        explorer = Explorer(server, r"spool\incoming\big.inp")
        explorer.set_size(sum(map(len, pieces)))
        begin_s = time.monotonic()
        for number, piece in enumerate(pieces):
            explorer.write(number * PIECE_BYTES, piece)
            # Slow enough, and with one long pause, that looks and quiet times fall into the copy.
            time.sleep(HELD_OPEN_S / len(pieces) / 2)
            if number == len(pieces) // 2:
                time.sleep(HELD_OPEN_S / 2)
        explorer.set_old_time()
        copied_s = time.monotonic() - begin_s
        assert (root / "incoming/big.inp").exists(), service.said()
        assert list((root / "jobs").iterdir()) == [], "it was taken before its end"
        explorer.close()
        closed_s = time.monotonic()
        wait_for(lambda: not (root / "incoming/big.inp").exists(), "it was taken")
        taken_s = time.monotonic() - closed_s
        wait_for(lambda: outcomes(root), "it ran")
    assert [r.outcome for r in outcomes(root).values()] == ["completed"]
    assert [e for e in journal_of(root) if e["event"] == "reject"] == []
    print(f"{seen}: {SIZE_BYTES >> 20} MB copied in {copied_s:.1f} s, taken {taken_s:.1f} s after")
