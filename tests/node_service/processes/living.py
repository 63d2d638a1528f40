"""Whether a process lives, by its number."""

import psutil


def lives(pid: int) -> bool:
    """One that has ended and that nobody has waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
