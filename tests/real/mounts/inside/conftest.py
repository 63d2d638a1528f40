"""Two clients of one fresh folder: ``share`` on a mount of this guest, ``other`` on another's.

MOUNT_HERE is where the folder is mounted here, MOUNT_THERE is ``address:place`` of the other.
"""

import itertools
import os
import shutil
from pathlib import Path

import pytest

from tests.real.mounts.inside.far_share import FarShare
from tests.real.mounts.inside.wire import line_to
from wamspool.clock import SystemClock
from wamspool.open_share import open_share
from wamspool.shares.local import LocalShare

_numbers = itertools.count()


@pytest.fixture(scope="session")
def there():
    address, _, place = os.environ["MOUNT_THERE"].partition(":")
    return line_to(address), place


@pytest.fixture
def fresh(there):
    """A folder that no client has ever looked at."""
    made = f"t-{os.environ['MOUNT_RUN']}-{next(_numbers)}"
    (Path(os.environ["MOUNT_HERE"]) / made).mkdir()
    yield made
    shutil.rmtree(f"{os.environ['MOUNT_HERE']}/{made}", ignore_errors=True)


@pytest.fixture
def folder(fresh):
    return f"{os.environ['MOUNT_HERE']}/{fresh}"


@pytest.fixture
def share(folder):
    """MOUNT_PLAIN=1 shows what goes wrong where a mounted folder is taken for a disk."""
    if os.environ.get("MOUNT_PLAIN"):
        return LocalShare(Path(folder), SystemClock())
    return open_share(folder, SystemClock())


@pytest.fixture
def other(fresh, there):
    line, place = there
    return FarShare(line, f"{place}/{fresh}")
