"""What can go wrong on a share and with a job.

WamError
├── ShareError
│   ├── Gone           nothing there under this name
│   ├── Exists         something is there already
│   ├── Busy           a handle is in the way: try again
│   ├── Denied         this account may not
│   ├── Full           no room left
│   └── Unreachable    it is *not known* whether it happened: look before deciding
├── NotASpool          the folder is no spool
├── UnfitFolder        the folder cannot become a spool
├── UnfitShare         the share breaks a promise on which everything rests
├── UnsafeCredentials  the file with passwords is not for one's own eyes only
├── TicketGone         somebody else changed the ticket first
├── LeaseUnsure        others may take this node's claims for those of a dead one
├── PartnerSilent      the other machine does not take part in measuring
├── NoSuchJob, AmbiguousJob
├── BadInput           what was handed in cannot become a job
└── CopyDiffers        a copy is not what was read
"""

from spool_layout.errors import WamError


class ShareError(WamError):
    """The share refused an operation, or did not answer."""

    exit_code = 10
    remedy = "Look at the share: is it mounted, and may this account write there?"

    def __init__(self, path: str, problem: str, *, cure: str | None = None) -> None:
        super().__init__(f"{path}: {problem}", cure=cure)
        self.path = path


class Gone(ShareError):
    """There is nothing under this name (any more)."""

    exit_code = 11
    remedy = "Somebody else may have changed it: look again."


class Exists(ShareError):
    """There is something under this name already; it was left as it is."""

    exit_code = 12
    remedy = "Choose another name, or move what is there."


class Busy(ShareError):
    """Somebody has the file open; the same call may succeed in a moment."""

    exit_code = 13
    remedy = "Try again in a moment; if it lasts, find out who has the file open."


class Denied(ShareError):
    """This account lacks the right, or the share is read-only."""

    exit_code = 14
    remedy = "Ask whoever administers the share for the right to read and write in the spool."


class Full(ShareError):
    """The share, or this account's quota, has no room left."""

    exit_code = 15
    remedy = "Make room: old results lie in done/, by month."


class Unreachable(ShareError):
    """The share did not answer; what was asked may or may not have happened."""

    exit_code = 16
    remedy = "Check the network and the server, then try again; nothing is lost by trying twice."


class NotASpool(WamError):
    """The folder is not a spool."""

    exit_code = 17
    remedy = "Name the spool with --spool or WAM_SPOOL, or make one with 'wam init FOLDER'."


class UnfitFolder(WamError):
    """The folder cannot become a spool."""

    exit_code = 18
    remedy = "Name an empty or a new folder on the share."


class UnfitShare(WamError):
    """The share breaks a promise on which everything rests; nothing was begun there."""

    exit_code = 19
    remedy = "Run 'wam doctor FOLDER' to see all that this share does."


class UnsafeCredentials(WamError):
    """The file with the passwords of shares cannot be used, or is not for one's own eyes only."""

    exit_code = 29
    remedy = "Write the file anew, for your own account only; docs/shares.md shows its form."


class TicketGone(WamError):
    """Somebody else changed this ticket first; nothing was changed here."""

    exit_code = 30
    remedy = "Look at the job again: wam show JOB."


class LeaseUnsure(WamError):
    """Others may take this node's claims for those of a dead one: it changes none of them now."""

    exit_code = 35
    remedy = (
        "It waits until its heartbeat has reached the share; look at the share and the network."
    )


class PartnerSilent(WamError):
    """The other machine did not take part in measuring, or stopped to."""

    exit_code = 36
    remedy = "See with 'wam status' whether the node is up; look at its log for the reason."


class NoSuchJob(WamError):
    """No job's name contains the text."""

    exit_code = 31
    remedy = "See 'wam status' for what is in flight; any unambiguous part of a name will do."


class AmbiguousJob(WamError):
    """Several jobs' names contain the text."""

    exit_code = 32
    remedy = "Write more of the name."


class BadInput(WamError):
    """What was handed in cannot become a job; the message says what is wrong with it."""

    exit_code = 33
    remedy = "Correct the deck or the ticket at the place that the message names."


class CopyDiffers(WamError):
    """A copy does not hold what was read from its source; it was removed."""

    exit_code = 34
    remedy = "Copy again when nobody writes to the file; if it happens again, suspect the disk."
