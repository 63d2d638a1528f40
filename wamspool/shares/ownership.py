"""Who owns a file, by name."""

import functools
import sys

if sys.platform == "win32":

    def owner_name(uid: int) -> str:
        """Nothing: the number in a stat result says nothing there."""
        del uid
        return ""

else:
    import pwd

    @functools.cache
    def owner_name(uid: int) -> str:
        """The account's name, or its number where it has no name on this machine."""
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)
