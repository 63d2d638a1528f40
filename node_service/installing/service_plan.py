"""A node as a service of Windows: what the service manager is told of it.

Sources: "Service User Accounts" and "Service Control Manager" (learn.microsoft.com). WAM was never
run on Windows.
"""

from typing import Final

from node_service.installing.errors import NotInstalled
from node_service.installing.task_text import MADE_BY, command_line
from node_service.processes.services import Registration

NETWORK_SERVICE: Final = r"NT AUTHORITY\NetworkService"
LOCAL_SERVICE: Final = r"NT AUTHORITY\LocalService"
TITLE: Final = "WAM node"
RESTART_AFTER_S: Final = 15
STOP_LIMIT_S: Final = 120
# Their names are another in each language of Windows; only the service manager knows these.
_SIDS: Final = {NETWORK_SERVICE.lower(): "*S-1-5-20", LOCAL_SERVICE.lower(): "*S-1-5-19"}


def registration(
    name: str,
    command: tuple[str, ...],
    *,
    interpreter: str,
    account: str | None,
) -> Registration:
    """The service of that name; the command's first word is Python.

    ``interpreter`` is the Python that a virtual environment was made from. The launcher that lies
    in the environment would start it as a child, which the service manager does not listen to; so
    it is started itself, and told by a variable whose environment it is, as the launcher does.
    """
    is_virtual = interpreter.lower() != command[0].lower()
    return Registration(
        name=name,
        title=f"{TITLE} ({name})",
        description=f"Runs the jobs of a spool. {MADE_BY}",
        command=command_line((interpreter, *command[1:], "--as-service", name)),
        account=account,
        environment=(f"__PYVENV_LAUNCHER__={command[0]}",) if is_virtual else (),
        restart_after_s=RESTART_AFTER_S,
    )


def check_account(account: str) -> str:
    """The account, if it is one for which nobody has to know a password. Raises NotInstalled."""
    lowered = account.lower()
    if lowered in _SIDS or lowered.startswith("nt service\\") or account.endswith("$"):
        return account
    if lowered in {"localsystem", r"nt authority\system"}:
        raise NotInstalled(
            "as LocalSystem every job could do anything on this machine",
            cure=f"Leave --account out, which means '{NETWORK_SERVICE}'.",
        )
    raise NotInstalled(
        f"the service manager wants the password of {account}, which no command line should have",
        cure="Use a managed service account ('DOMAIN\\name$'), 'NT SERVICE\\NAME' or "
        f"'{NETWORK_SERVICE}'; or leave --account out, and then type account and password into "
        "the service's properties (services.msc), where they stay.",
    )


def grantee(account: str) -> str:
    """How ``icacls`` is told of the account."""
    return _SIDS.get(account.lower(), account)
