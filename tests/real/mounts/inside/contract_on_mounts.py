"""The contract of every share, on a mount of this guest and another host's access at once."""

import os

from tests.contract.share_contract import LARGE, ShareContract, names
from wamspool.errors import Gone

FORGETS_REMOVED = os.environ["MOUNT_HERE"].endswith("nfs3")
# A lock on a mount by SMB stays in the client until another SMB client comes; NFS' locks and those
# of programs on the server's disk are of two kinds. They exclude only where the access is alike.
ALIKE = os.environ["MOUNT_ALIKE"] == "yes"


class TestMounted(ShareContract):
    """Nothing but the contract."""

    def test_a_file_may_change_under_its_reader(self, share, other):
        """NFS 3 keeps nothing for the readers of a file that another host removes: it is Gone."""
        if not FORGETS_REMOVED:
            super().test_a_file_may_change_under_its_reader(share, other)
            return
        share.create("a", LARGE)
        pieces = share.chunks("a")
        read = next(pieces)
        other.move("a", "b")
        read += next(pieces)
        other.remove("b")
        try:
            read += b"".join(pieces)
        except Gone:
            assert LARGE.startswith(read)
        else:
            assert read == LARGE

    def test_a_lock_is_had_by_one(self, share, other):
        """It is a hint; between different kinds of access it says nothing, and harms nobody."""
        if ALIKE:
            super().test_a_lock_is_had_by_one(share, other)
            return
        with share.lock("queue.lock", timeout_s=1) as mine:
            assert mine
            with other.lock("queue.lock", timeout_s=0.02):
                pass
        assert names(other) == ["queue.lock"]
