"""How a client reaches the share, as far as it changes what the client sees and may do.

Each field is one quirk that was measured on real servers; a kind of access is a set of them.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Access:
    """The quirks of one client's way to the share."""

    name: str
    # SMB: a file is opened and then renamed through its handle, which follows the file
    moves_by_handle: bool = False
    # ... and the opener keeps others from renaming or deleting it meanwhile
    withholds_delete: bool = True
    # the move looks for the target and is one request; False: what the target was may change
    # between the look and the rename, which replaces a file
    never_over: bool = True
    # goes through the SMB server, which keeps a list of open files
    is_smb: bool = False
    # how long a name that was looked up once is believed without asking again; a listing of its
    # folder ends the belief (NFS: 20 to 40 s, CIFS: 1 to 2 s)
    lookups_s: float = 0.0
    # content that is read again within this time is what was read before (CIFS)
    rereads_s: float = 0.0
    # an answer that was lost is asked for again by the kernel: done, and reported as Gone/Exists
    repeats: bool = False
    # while the server is away calls hang, and go on when it is back; nothing is reported
    hangs: bool = False
    # a file is written under a hidden name first, which a crash leaves behind
    hidden_first: bool = False
    # the share tells whether somebody writes a file
    sees_writers: bool = True
    # names that differ in case alone are one name
    blind_to_case: bool = False
    # a read is an open and a read, with a handle in between that is in others' way
    slow_reads: bool = False
    # how often a sharing violation is tried again before it is reported
    patience: int = 2


LOCAL = Access("local", never_over=False)
SMB = Access(
    "smb",
    moves_by_handle=True,
    is_smb=True,
    hidden_first=True,
    blind_to_case=True,
    slow_reads=True,
)
NFS = Access(
    "nfs",
    lookups_s=40.0,
    repeats=True,
    hangs=True,
    hidden_first=True,
    sees_writers=False,
    never_over=False,
)
CIFS = Access(
    "cifs",
    is_smb=True,
    lookups_s=1.5,
    rereads_s=1.0,
    hangs=True,
    hidden_first=True,
    blind_to_case=True,
    never_over=False,
)

KINDS = (LOCAL, SMB, NFS, CIFS)
MODES: dict[str, tuple[Access, ...]] = {
    "local": (LOCAL,),
    "smb": (SMB,),
    "nfs": (NFS,),
    "cifs": (CIFS,),
    "mixed": (SMB, LOCAL, NFS, CIFS),
}


def without_delay(access: Access) -> Access:
    """The same quirks with as few requests a verb as they allow, for exhaustive runs."""
    return replace(access, slow_reads=False, patience=0, hidden_first=False)
