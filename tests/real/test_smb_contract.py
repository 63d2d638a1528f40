"""The contract of a share, kept on a real Samba server: by SMB clients alone, and by one of them
with a client on the server's own disk.
"""

import itertools

import pytest

from tests.contract.share_contract import ShareContract
from wamspool.clock import SystemClock
from wamspool.open_share import open_share
from wamspool.shares.local import LocalShare

pytestmark = pytest.mark.real
_NUMBER = itertools.count()


class _OnSamba(ShareContract):
    @pytest.fixture
    def folder(self, samba):
        return samba.new_folder(f"contract-{next(_NUMBER)}")

    @pytest.fixture
    def client(self, samba, folder):
        opened = []

        def make():
            address = samba.address(folder.name)
            opened.append(open_share(address, SystemClock(), environment=samba.environment))
            return opened[-1]

        yield make
        for share in opened:
            share.close()

    @pytest.fixture
    def share(self, client):
        return client()


class TestTwoClients(_OnSamba):
    @pytest.fixture
    def other(self, client):
        return client()


class _Mixed(_OnSamba):
    def test_a_lock_is_had_by_one(self, share, other):
        """Not promised: Samba's share modes and the server's flock do not see each other."""
        with share.lock("queue.lock", timeout_s=1) as mine:
            assert mine
        with other.lock("queue.lock", timeout_s=1) as theirs:
            assert theirs


class TestOneOnTheServersDisk(_Mixed):
    @pytest.fixture
    def other(self, folder):
        return LocalShare(folder, SystemClock(), durable=False)


class TestOnTheServersDiskWithAnSmbClient(_Mixed):
    """The same the other way round: the local share is the one that is asked."""

    @pytest.fixture
    def share(self, folder):
        return LocalShare(folder, SystemClock(), durable=False)

    @pytest.fixture
    def other(self, client):
        return client()
