"""Parts that the tests on real systems share."""

from tests.real.mounts.one_lab import empty_lab
from tests.real.samba import samba

__all__ = ["empty_lab", "samba"]
