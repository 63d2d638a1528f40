"""Whether any process of this machine has a file open for writing.

A read lease is granted only while nobody writes (fcntl(2), F_SETLEASE). Locks say nothing of
it, and neither do size or times: Explorer sets the full size first.
"""

import errno
import sys
from contextlib import suppress

from wamspool.share import Settled

if sys.platform == "linux":
    from fcntl import F_RDLCK, F_SETLEASE, F_SETSIG, F_UNLCK, fcntl

    _SIGURG = 23  # ignored by default, unlike SIGIO, which would end us if a writer came now

    def writer_is_known() -> bool:
        """This system can tell."""
        return True

    def writer_state(descriptor: int) -> Settled:
        """WRITING or CLOSED; UNKNOWN for a file of another account or an odd file system."""
        try:
            fcntl(descriptor, F_SETSIG, _SIGURG)
            fcntl(descriptor, F_SETLEASE, F_RDLCK)
        except OSError as error:
            return Settled.WRITING if error.errno == errno.EAGAIN else Settled.UNKNOWN
        with suppress(OSError):
            fcntl(descriptor, F_SETLEASE, F_UNLCK)
        return Settled.CLOSED

else:

    def writer_is_known() -> bool:
        """This system cannot tell; a copier's exclusive open shows as Busy or Denied."""
        return False

    def writer_state(descriptor: int) -> Settled:
        """Nothing is known."""
        del descriptor
        return Settled.UNKNOWN
