"""What a folder of this machine lies on: a disk of its own, or what another machine serves."""

import re
from dataclasses import dataclass

MOUNTS = "/proc/self/mountinfo"  # proc_pid_mountinfo(5)
NFS = frozenset({"nfs", "nfs4"})
SMB = frozenset({"cifs", "smb3", "smbfs"})
OTHER_SERVED = frozenset(
    "9p afs beegfs ceph davfs glusterfs gpfs lustre ocfs2 gfs2 orangefs virtiofs vboxsf vmhgfs "
    "fuse fuse.ceph fuse.davfs2 fuse.glusterfs fuse.rclone fuse.s3fs fuse.smbnetfs "
    "fuse.sshfs fuse.vmhgfs-fuse".split()
)


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system: its kind as the system names it, and its options."""

    kind: str
    options: frozenset[str]

    @property
    def is_served(self) -> bool:
        """Whether other machines change it too, of which this system learns late or never."""
        return self.kind in NFS | SMB | OTHER_SERVED

    @property
    def tells_owners(self) -> bool:
        """Whether a file's owner is who made it. A mount by SMB shows one account for all files,
        the one that mounted it, unless it asks the server for access lists or Unix' own marks.
        """
        if self.kind in SMB:
            return bool(self.options & {"cifsacl", "modefromsid", "posix", "unix"})
        return True


def find_mount(folder: str) -> Mount | None:
    """The mount on which the folder lies; its path is absolute and leads through no link.

    None where the system keeps no such list (other systems than Linux).
    """
    try:
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            return mount_of(folder, file.read())
    except OSError:
        return None


def mount_of(folder: str, listed: str) -> Mount | None:
    """The nearest mount above the folder in a list as mountinfo is; of two at one place the later,
    which covers the other.
    """
    found, longest = None, -1
    for line in listed.splitlines():
        fields, _, served = line.partition(" - ")
        place = _unescaped(fields.split(" ")[4])
        above = place.rstrip("/") + "/"
        if f"{folder}/".startswith(above) and len(above) >= longest:
            kind, _, options = served.split(" ", 2)
            found, longest = Mount(kind, frozenset(options.split(","))), len(above)
    return found


def _unescaped(place: str) -> str:
    """Blanks, tabs, line ends and backslashes stand as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
