"""One lab a session, booted when the first test asks for it.

Packages are fetched where CI or WAM_MOUNTS is set; elsewhere the tests are skipped until
``make mounts`` has fetched them once. WAM_MOUNTS=off leaves the tests out, WAM_MOUNTS=all runs
what takes long too.
"""

import os
from collections.abc import Iterator

import pytest

from tests.real.mounts.guests import Lab
from tests.real.mounts.packages import (
    ASKED,
    NoGuests,
    fetch_packages,
    find_packages,
    refuse_without_rights,
)

if ASKED == "off":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def _lab(tmp_path_factory) -> Iterator[Lab]:
    wanted = bool(os.environ.get("CI") or ASKED)
    try:
        refuse_without_rights()
        packages = fetch_packages() if wanted else find_packages()
        if packages is None:
            raise NoGuests("packages for guests have not been fetched: make mounts")
        made = Lab(tmp_path_factory.mktemp("lab"), packages)
    except NoGuests as problem:
        if wanted:
            raise
        pytest.skip(str(problem))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def lab(_lab) -> Lab:
    """A server and the two hosts 'a' and 'b'; a test may boot more."""
    _lab.boot("srv", "a", "b")
    return _lab
