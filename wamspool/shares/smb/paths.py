"""From a path of the share interface to what the server is asked for, and its times to ours."""

from wamspool.errors import Denied

_FORBIDDEN = frozenset('\\:*?"<>|') | {chr(code) for code in range(32)}
_UNIX_EPOCH = 116_444_736_000_000_000


def server_path(root: str, path: str) -> str:
    """The path from the share's root. Raises Denied for what would mean something else there.

    A colon names a second stream of a file, a backslash a folder, dots lead out of the spool.
    """
    if not path:
        return root.replace("/", "\\")
    if not _FORBIDDEN.isdisjoint(path) or any(p in {"", ".", ".."} for p in path.split("/")):
        raise Denied(path, "is no name that a file of an SMB share can have")
    return (f"{root}/{path}" if root else path).replace("/", "\\")


def nanoseconds(filetime: int) -> int:
    """A FILETIME (100 ns since 1601) as nanoseconds since 1970."""
    return (filetime - _UNIX_EPOCH) * 100
