"""One lab a session (a worker), for all tests that need guests; each boots the hosts it wants."""

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


@pytest.fixture(scope="session")
def empty_lab(tmp_path_factory) -> Iterator[Lab]:
    """A network without hosts.

    Packages are fetched where CI or WAM_MOUNTS is set; elsewhere the tests are skipped until
    ``make mounts`` has fetched them once.
    """
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
