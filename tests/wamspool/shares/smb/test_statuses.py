"""The table of what servers answer: complete, and each with one meaning."""

import pytest
import smbprotocol.exceptions
from smbprotocol.exceptions import (
    SMBAuthenticationError,
    SMBConnectionClosed,
    SMBException,
    SMBOSError,
    SMBResponseException,
)
from smbprotocol.header import NtStatus

from wamspool.errors import Busy, Denied, Exists, Full, Gone, ShareError, Unreachable
from wamspool.shares.smb.statuses import (
    ENDS_CONNECTION,
    MEANING,
    NO_LINKS,
    NO_REFUSALS,
    failure,
    refusal,
)

STATUSES = {name: value for name, value in vars(NtStatus).items() if name.startswith("STATUS_")}
EXCEPTIONS = [
    thing
    for thing in vars(smbprotocol.exceptions).values()
    if isinstance(thing, type) and issubclass(thing, SMBException)
]


def test_every_status_of_the_library_is_in_the_table():
    missing = [n for n, s in STATUSES.items() if s not in MEANING and s not in NO_REFUSALS]
    assert not missing, "give these a meaning in statuses.py"
    assert len(STATUSES) > 60


def test_a_status_is_an_answer_or_a_refusal():
    assert not NO_REFUSALS & set(MEANING)
    assert (ENDS_CONNECTION | NO_LINKS).issubset(MEANING)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("OBJECT_NAME_NOT_FOUND", Gone),
        ("OBJECT_PATH_NOT_FOUND", Gone),
        ("OBJECT_NAME_COLLISION", Exists),
        ("DIRECTORY_NOT_EMPTY", Exists),
        ("SHARING_VIOLATION", Busy),
        ("DELETE_PENDING", Busy),
        ("ACCESS_DENIED", Denied),
        ("FILE_IS_A_DIRECTORY", Denied),
        ("STOPPED_ON_SYMLINK", Denied),
        ("LOGON_FAILURE", Denied),
        ("DISK_FULL", Full),
        ("BAD_NETWORK_NAME", Unreachable),
        ("USER_SESSION_DELETED", Unreachable),
    ],
)
def test_what_decides_is_the_number(name, meaning):
    status = STATUSES[f"STATUS_{name}"]
    for error in (refusal(status, "a"), failure(SMBOSError(status, "x"), "a")):
        assert type(error) is meaning
        assert error.path == "a" and f"{status:08x}" in str(error)


def test_a_status_that_nobody_knows_may_have_done_anything():
    assert type(refusal(0xC0FFEE00, "a")) is Unreachable


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_every_exception_of_the_library_has_one_meaning(kind):
    if issubclass(kind, SMBResponseException):
        if kind is SMBResponseException:
            return
        status = kind._STATUS_CODE
        expected = MEANING.get(status, Unreachable)
        error = kind()
    elif kind is SMBOSError:
        error, expected = SMBOSError(0xC0000022, "a"), Denied
    else:
        error = kind("a", "b", "c") if kind is not SMBException else kind("a")
        expected = Denied if kind is SMBAuthenticationError else Unreachable
        if kind.__name__ == "SMBUnsupportedFeature":
            error = kind(0x0202, 0x0300, "encryption")
    assert type(failure(error, "a")) is expected


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Failed to connect to 'nas:445'"),
        TimeoutError("timed out"),
        OSError(104, "Connection reset by peer"),
        SMBConnectionClosed("closed"),
        KeyError(17),
        RuntimeError(),
    ],
    ids=repr,
)
def test_whatever_ends_a_connection_leaves_it_unknown(error):
    found = failure(error, "a")
    assert type(found) is Unreachable and isinstance(found, ShareError)
    assert str(found) != "a: the connection failed: "
