"""What a folder lies on, from the system's own list of mounts."""

import sys

import pytest

from wamspool.shares import mounts
from wamspool.shares.mounts import Mount, find_mount, mount_of

LISTED = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
31 22 0:25 / /mnt/nfs4 rw,relatime shared:2 - nfs4 srv:/share rw,vers=4.2,hard,proto=tcp
32 22 0:26 / /mnt/nfs3 rw,relatime - nfs srv:/srv/share rw,vers=3,hard
33 22 0:27 / /mnt/a\\040b\\134c rw - cifs //srv/share rw,vers=3.1.1,uid=0,noforceuid,nounix,soft
34 33 0:28 / /mnt/a\\040b\\134c/inner rw - ext4 /dev/vdb rw
35 22 0:29 / /over rw - ext4 /dev/vdc rw
36 22 0:30 / /over rw - fuse.sshfs me@srv:/ rw,user_id=0
"""


@pytest.mark.parametrize(
    ("folder", "kind", "is_served"),
    [
        ("/home/jo/spool", "ext4", False),
        ("/mnt/nfs4", "nfs4", True),
        ("/mnt/nfs4/spool", "nfs4", True),
        ("/mnt/nfs3/a/b", "nfs", True),
        ("/mnt/nfs33", "ext4", False),
        ("/mnt/a b\\c/spool", "cifs", True),
        ("/mnt/a b\\c/inner/spool", "ext4", False),
        ("/over/spool", "fuse.sshfs", True),
    ],
)
def test_the_nearest_mount_above_a_folder_is_meant(folder, kind, is_served):
    found = mount_of(folder, LISTED)
    assert (found.kind, found.is_served) == (kind, is_served)


def test_a_list_that_names_nothing_above_says_nothing():
    assert mount_of("/home", "31 22 0:25 / /mnt rw - nfs4 srv:/share rw\n") is None


@pytest.mark.parametrize(
    ("kind", "options", "tells"),
    [
        ("ext4", "rw", True),
        ("nfs4", "rw,vers=4.2", True),
        ("cifs", "rw,uid=0,nounix", False),
        ("cifs", "rw,uid=0,cifsacl", True),
        ("smb3", "rw,posix", True),
    ],
)
def test_a_mount_by_smb_shows_one_owner_unless_it_asks(kind, options, tells):
    assert Mount(kind, frozenset(options.split(","))).tells_owners is tells


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists its mounts so")
def test_this_system_knows_what_its_root_lies_on():
    assert find_mount("/proc").kind == "proc"
    assert find_mount("/").kind


def test_a_system_without_a_list_says_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "absent"))
    assert find_mount("/") is None
