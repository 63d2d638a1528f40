"""Parts that the tests on real systems share."""

from tests.real.samba import samba

__all__ = ["samba"]
