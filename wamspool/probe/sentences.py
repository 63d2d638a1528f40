"""Words that the findings of several checks share."""

from typing import Final

MUST_NOT: Final = "WAM must not be used on this share."
ANOTHER_WAY: Final = (
    "Reach the share in another way (SMB or NFS, mounted by the system or by its address), not "
    "through a synchronised, overlaid or FUSE folder; then run 'wam doctor' again."
)
