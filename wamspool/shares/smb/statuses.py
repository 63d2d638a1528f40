"""What each refusal of a server, and each exception of smbprotocol, means: one table.

Numbers and names: MS-ERREF 2.3.1. Judged by number: the library turns ACCESS_DENIED and others
into errno 0, and a sharing violation into EPERM, which elsewhere means Denied.
"""

from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBResponseException

from wamspool.errors import Busy, Denied, Exists, Full, Gone, ShareError, Unreachable

SUCCESS = 0
NO_MORE_FILES = 0x80000006
END_OF_FILE = 0xC0000011
SHARING_VIOLATION = 0xC0000043
ACCESS_DENIED = 0xC0000022
NOTIFY_ENUM_DIR = 0x0000010C

# Answers, not refusals; a message that was to succeed and got one of these did not.
NO_REFUSALS = frozenset(
    {
        SUCCESS,
        NO_MORE_FILES,
        END_OF_FILE,
        NOTIFY_ENUM_DIR,
        0x00000103,  # PENDING
        0x0000010B,  # NOTIFY_CLEANUP
        0x80000005,  # BUFFER_OVERFLOW
        0xC0000016,  # MORE_PROCESSING_REQUIRED
    }
)

MEANING: dict[int, type[ShareError]] = {
    0xC000000F: Gone,  # NO_SUCH_FILE
    0xC0000034: Gone,  # OBJECT_NAME_NOT_FOUND
    0xC000003A: Gone,  # OBJECT_PATH_NOT_FOUND
    0xC0000225: Gone,  # NOT_FOUND
    0xC0000035: Exists,  # OBJECT_NAME_COLLISION
    0xC0000101: Exists,  # DIRECTORY_NOT_EMPTY
    SHARING_VIOLATION: Busy,
    0xC0000054: Busy,  # FILE_LOCK_CONFLICT
    0xC0000055: Busy,  # LOCK_NOT_GRANTED
    0xC0000056: Busy,  # DELETE_PENDING: somebody has it open still
    0xC00000AE: Busy,  # PIPE_BUSY
    0xC00000D5: Busy,  # FILE_RENAMED
    0xC00000D0: Busy,  # REQUEST_NOT_ACCEPTED: the server has too many sessions just now
    0xC000009A: Busy,  # INSUFFICIENT_RESOURCES
    0xC0000205: Busy,  # INSUFF_SERVER_RESOURCES
    ACCESS_DENIED: Denied,
    0x8000002D: Denied,  # STOPPED_ON_SYMLINK: nothing is followed
    0xC0000033: Denied,  # OBJECT_NAME_INVALID
    0xC0000039: Denied,  # OBJECT_PATH_INVALID
    0xC000003B: Denied,  # OBJECT_PATH_SYNTAX_BAD
    0xC00000BA: Denied,  # FILE_IS_A_DIRECTORY
    0xC0000103: Denied,  # NOT_A_DIRECTORY
    0xC0000121: Denied,  # CANNOT_DELETE: read-only
    0xC00000A2: Denied,  # MEDIA_WRITE_PROTECTED
    0xC0000061: Denied,  # PRIVILEGE_NOT_HELD
    0xC000006A: Denied,  # WRONG_PASSWORD
    0xC000006D: Denied,  # LOGON_FAILURE
    0xC000006E: Denied,  # ACCOUNT_RESTRICTION
    0xC0000071: Denied,  # PASSWORD_EXPIRED
    0xC0000072: Denied,  # ACCOUNT_DISABLED
    0xC0000224: Denied,  # PASSWORD_MUST_CHANGE
    0xC0000234: Denied,  # ACCOUNT_LOCKED_OUT
    0xC0000073: Denied,  # NONE_MAPPED
    0xC0000257: Denied,  # PATH_NOT_COVERED: the folder lies on another server of a DFS tree
    0xC000019C: Denied,  # FS_DRIVER_REQUIRED
    0xC0000275: Denied,  # NOT_A_REPARSE_POINT
    0xC0000002: Denied,  # NOT_IMPLEMENTED
    0xC0000003: Denied,  # INVALID_INFO_CLASS
    0xC0000004: Denied,  # INFO_LENGTH_MISMATCH
    0xC000000D: Denied,  # INVALID_PARAMETER
    0xC0000010: Denied,  # INVALID_DEVICE_REQUEST
    0xC0000023: Denied,  # BUFFER_TOO_SMALL
    0xC00000BB: Denied,  # NOT_SUPPORTED
    0xC0000265: Denied,  # TOO_MANY_LINKS
    0xC000004F: Denied,  # EAS_NOT_SUPPORTED
    0xC0000050: Denied,  # EA_TOO_LARGE
    0xC0000051: Denied,  # NONEXISTENT_EA_ENTRY
    0xC0000052: Denied,  # NO_EAS_ON_FILE
    0xC0000053: Denied,  # EA_CORRUPT_ERROR
    0x80000013: Denied,  # INVALID_EA_NAME
    0x80000014: Denied,  # EA_LIST_INCONSISTENT
    0xC000007F: Full,  # DISK_FULL
    0xC0000044: Full,  # QUOTA_EXCEEDED
    # What follows says something of the connection, the session or the server, not of the file.
    # A share that the server does not offer (just now) is Unreachable too: told that a file is
    # Gone, its owner would stop the solver.
    0xC0000001: Unreachable,  # UNSUCCESSFUL
    0xC0000008: Unreachable,  # INVALID_HANDLE
    0xC00000AC: Unreachable,  # PIPE_NOT_AVAILABLE
    0xC00000B0: Unreachable,  # PIPE_DISCONNECTED
    0xC00000B1: Unreachable,  # PIPE_CLOSING
    0xC00000D9: Unreachable,  # PIPE_EMPTY
    0xC000014B: Unreachable,  # PIPE_BROKEN
    0xC00000B5: Unreachable,  # IO_TIMEOUT
    0xC00000C9: Unreachable,  # NETWORK_NAME_DELETED
    0xC00000CC: Unreachable,  # BAD_NETWORK_NAME
    0xC00000E5: Unreachable,  # INTERNAL_ERROR
    0xC0000120: Unreachable,  # CANCELLED
    0xC0000128: Unreachable,  # FILE_CLOSED
    0xC0000185: Unreachable,  # IO_DEVICE_ERROR
    0xC0000203: Unreachable,  # USER_SESSION_DELETED
    0xC000020C: Unreachable,  # CONNECTION_DISCONNECTED
    0xC000026D: Unreachable,  # DFS_UNAVAILABLE
    0xC000035C: Unreachable,  # NETWORK_SESSION_EXPIRED
    0xC0000466: Unreachable,  # SERVER_UNAVAILABLE
}

# After these the connection is of no use: the next call makes another.
ENDS_CONNECTION = frozenset({0xC00000C9, 0xC0000128, 0xC0000203, 0xC000020C, 0xC000035C})

# What servers answer that cannot give a file a second name.
NO_LINKS = frozenset({0xC0000002, 0xC0000003, 0xC000000D, 0xC0000010, 0xC00000BB, 0xC0000265})

_NAMES = {
    Gone: "is not there",
    Exists: "is there already, or is a folder in use",
    Busy: "somebody has it open",
    Denied: "the server refuses it",
    Full: "the share is full",
    Unreachable: "the server could not do it",
}


_CURES = {
    0xC0000257: "The folder lies on another server of a DFS namespace: name that server.",
}


def refusal(status: int, path: str) -> ShareError:
    """The one error that this status means; one that no table knows is Unreachable."""
    meaning = MEANING.get(status, Unreachable)
    problem = f"{_NAMES[meaning]} (SMB status 0x{status:08x})"
    return meaning(path, problem, cure=_CURES.get(status))


def failure(error: Exception, path: str) -> ShareError:
    """The one error that an exception of smbprotocol, or of the system below it, means."""
    if isinstance(error, SMBResponseException):
        return refusal(error.status, path)
    if isinstance(error, SMBAuthenticationError):
        return Denied(path, f"no way in was found: {error}")
    if getattr(error, "ntstatus", None) is not None:
        return refusal(error.ntstatus, path)  # type: ignore[attr-defined]
    if isinstance(error, SMBException):
        return Unreachable(path, f"the connection failed: {error}")
    # ValueError: no connection could be made. OSError, TimeoutError: it broke while sending.
    # Whatever else came out of the library's receiving thread has ended that thread.
    return Unreachable(path, f"the connection failed: {str(error) or type(error).__name__}")
