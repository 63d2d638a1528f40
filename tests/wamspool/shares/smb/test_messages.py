"""Messages packed by hand are the ones that smbprotocol's own classes would make."""

import pytest
from smbprotocol.change_notify import SMB2ChangeNotifyRequest
from smbprotocol.connection import Connection
from smbprotocol.file_info import (
    FileDispositionInformation,
    FileLinkInformation,
    FileRenameInformation,
)
from smbprotocol.open import (
    SMB2CloseRequest,
    SMB2CreateRequest,
    SMB2CreateResponse,
    SMB2FlushRequest,
    SMB2QueryDirectoryRequest,
    SMB2QueryInfoRequest,
    SMB2ReadRequest,
    SMB2SetInfoRequest,
    SMB2WriteRequest,
    SMB2WriteResponse,
)

from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.messages import Access, Disposition, Option, Sharing

HANDLE = bytes(range(16))


def filled(structure, **fields):
    made = structure()
    for name, value in fields.items():
        made[name] = value
    return made.pack()


def set_info(information, **fields):
    made = information()
    for name, value in fields.items():
        made[name] = value
    return filled(
        SMB2SetInfoRequest,
        info_type=1,
        file_info_class=information.INFO_CLASS,
        file_id=HANDLE,
        buffer=made.pack(),
    )


def test_create():
    ours = smb.create(
        r"a\Träger.inp",
        access=Access.READ_DATA | Access.DELETE,
        sharing=Sharing.READ | Sharing.WRITE,
        disposition=Disposition.OPEN_IF,
        options=Option.NO_FOLDER | Option.DELETE_ON_CLOSE,
    )
    theirs = filled(
        SMB2CreateRequest,
        requested_oplock_level=0,
        impersonation_level=2,
        desired_access=0x10001,
        file_attributes=0x80,
        share_access=3,
        create_disposition=3,
        create_options=0x1040,
        buffer_path=r"a\Träger.inp".encode("utf-16-le"),
    )
    # They fill up to where contexts would begin, which the server does not look for.
    assert theirs.startswith(ours.pack()) and not theirs[len(ours) :].strip(b"\0")
    assert len(ours) == len(ours.pack())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (smb.close(HANDLE), lambda: filled(SMB2CloseRequest, file_id=HANDLE)),
        (smb.flush(HANDLE), lambda: filled(SMB2FlushRequest, file_id=HANDLE)),
        (
            smb.read(70_000, 65_536, HANDLE),
            lambda: filled(
                *(SMB2ReadRequest,), length=65_536, offset=70_000, file_id=HANDLE, padding=b"\x50"
            ),
        ),
        (
            smb.write(5, b"content", HANDLE),
            lambda: filled(
                *(SMB2WriteRequest,), length=7, offset=5, file_id=HANDLE, buffer=b"content"
            ),
        ),
        (
            smb.query_directory(1, 65_536, HANDLE),
            lambda: filled(
                SMB2QueryDirectoryRequest,
                file_information_class=1,
                file_id=HANDLE,
                output_buffer_length=65_536,
                buffer="*".encode("utf-16-le"),
            ),
        ),
        (
            smb.query_owner(HANDLE),
            lambda: filled(
                SMB2QueryInfoRequest,
                info_type=3,
                output_buffer_length=1024,
                additional_information=1,
                file_id=HANDLE,
            ),
        ),
        (
            smb.rename(r"b\a long name.yaml", replace=True, handle=HANDLE),
            lambda: set_info(
                *(FileRenameInformation,), replace_if_exists=True, file_name=r"b\a long name.yaml"
            ),
        ),
        (
            smb.link(r"b\a long name.yaml", HANDLE),
            lambda: set_info(FileLinkInformation, file_name=r"b\a long name.yaml"),
        ),
        (smb.delete(HANDLE), lambda: set_info(FileDispositionInformation, delete_pending=True)),
        (
            smb.change_notify(HANDLE, 0x1F, 16_384),
            lambda: filled(
                SMB2ChangeNotifyRequest,
                output_buffer_length=16_384,
                file_id=HANDLE,
                completion_filter=0x1F,
            ),
        ),
    ],
    ids="close flush read write list owner rename link delete notify".split(),
)
def test_they_are_the_same(ours, theirs):
    expected = theirs()
    # A byte where a buffer would be, for messages that have none (MS-SMB2: at least one byte).
    assert ours.pack() in {expected, expected + b"\0"}
    assert len(ours) == len(ours.pack())


def test_a_short_new_name_fills_the_structure():
    """Windows refuses less than its own structure holds."""
    assert len(smb.rename("a", replace=False).pack()) == 32 + 24


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (smb.close(), 1),
        (smb.read(0, 1), 1),
        (smb.read(0, 65_537), 2),
        (smb.write(0, bytes(1 << 20)), 16),
        (smb.query_directory(1, 1 << 20), 16),
        (smb.query_owner(), 1),
    ],
)
def test_the_library_counts_their_credits(message, expected):
    connection = Connection(HANDLE, "nas")
    connection.supports_multi_credit = True
    assert connection._calculate_credit_charge(message) == expected


def test_what_a_reply_to_create_tells():
    reply = SMB2CreateResponse()
    reply["create_action"] = 2
    for number, name in enumerate(("creation_time", "last_write_time", "change_time")):
        reply[name] = 133_000_000_000_000_000 + 10 * number
    reply["end_of_file"], reply["file_id"], reply["file_attributes"] = 1234, HANDLE, 0x10
    found = smb.opened(reply.pack())
    assert found.handle == HANDLE and found.is_folder
    assert (found.created, found.modified, found.changed) == tuple(
        133_000_000_000_000_000 + 10 * number for number in range(3)
    )
    assert found.size_bytes == 1234


def test_what_a_reply_to_write_tells():
    reply = SMB2WriteResponse()
    reply["count"] = 77
    assert smb.written_bytes(reply.pack()) == 77
