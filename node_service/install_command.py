"""``wam-node install`` and ``uninstall``: the command line of ``installing``."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from node_service.config_file import NothingConfigured
from node_service.installing.errors import NotInstalled
from node_service.installing.service_plan import check_account, registration
from node_service.installing.service_steps import install_service
from node_service.installing.steps import Wish, install, uninstall
from node_service.processes.machine import Machine, ThisMachine
from node_service.settings import NodeSettings
from node_service.wiring import configured, settings_file

UNIT: Final = "wam-node"
ACCOUNT: Final = "wam"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")
EXAMPLES: Final = """examples:
  wam-node config explain > /etc/wam/node.yaml     then fill in spool and scratch
  wam-node install --dry-run                       shows the unit
  sudo wam-node install --account wam --credentials /etc/wam/node.env
  wam-node install --user                          without root
  wam-node install --account "NT SERVICE\\wam-node"  on Windows, as administrator
"""


def add_install(parser: argparse.ArgumentParser) -> None:
    """The parser takes what ``install`` needs."""
    parser.set_defaults(act=_install)
    parser.epilog, parser.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE",
        help="the node's settings file (default: the usual one)")  # fmt: skip
    add("--account", default=None,
        help=f"who the service is; made if it is not there (default: {ACCOUNT}; on Windows "
        "NT AUTHORITY\\NetworkService, or who an installed service is)")  # fmt: skip
    add("--credentials", type=Path, metavar="FILE",
        help="a file of NAME=value lines, such as WAM_SMB_PASSWORD=..., for its owner's eyes only; "
        "not on Windows")  # fmt: skip
    _add_both(parser)


def add_uninstall(parser: argparse.ArgumentParser) -> None:
    """The parser takes what ``uninstall`` needs."""
    parser.set_defaults(act=_uninstall)
    _add_both(parser)


def _add_both(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--user", action="store_true",
        help="a service of this account alone (default: of the system, as root)")  # fmt: skip
    add("--unit", type=_name, default=UNIT, metavar="NAME",
        help=f"the service's name, where a machine has several (default: {UNIT})")  # fmt: skip
    add("--dry-run", action="store_true", help="print what would be written, and do nothing")


def _refuse_own_folder(machine: Machine, *files: Path) -> None:
    for file in files:
        if file.is_relative_to(machine.home()):
            raise NotInstalled(
                f"{file} is in your own folder, where the service's account may not read",
                cure=r"Settings belong into C:\ProgramData\wam\node.yaml; install Python and WAM "
                "for all users.",
            )


def _account(text: str) -> str:
    if not _NAME.match(text):
        raise NotInstalled(
            f"'{text}' is no name for an account", cure="Use a-z, 0-9, '-' and '_' only."
        )
    return text


def _name(text: str) -> str:
    if not _NAME.match(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a name of a-z, 0-9, '-' and '_'")
    return text


def _install(arguments: argparse.Namespace, machine: Machine | None = None) -> int:
    machine = machine or ThisMachine()
    file = settings_file(arguments.config, usual=True)
    if file is None:
        raise NothingConfigured(
            "there is no settings file for the service",
            cure="Write one ('wam-node config explain > node.yaml'), and name it with --config.",
        )
    settings = configured({}, file).settings
    if not settings.spool:
        raise NothingConfigured(f"{file} does not say which spool the node serves (spool)")
    system = _for_system(machine, arguments)
    if system and configured({}, file).origins["scratch"] == "default":
        usual = r"C:\ProgramData\wam\scratch" if machine.is_windows else "/var/lib/wam"
        raise NothingConfigured(
            f"{file} does not say where jobs run (scratch)",
            cure=f"Write 'scratch: {usual}', or another folder on a local disk.",
        )
    # -P: what lies in the folder where the service begins is not taken for a part of it.
    command = (sys.executable, "-P", "-m", "node_service", "run", "--config", str(file))
    if machine.is_windows:
        if system:
            _refuse_own_folder(machine, file, Path(sys.executable), Path(machine.interpreter))
        lines = _install_on_windows(machine, arguments, command, settings, system=system)
    else:
        account = _account(arguments.account or ACCOUNT) if system else None
        credentials = _protected(machine, arguments.credentials)
        wish = Wish(arguments.unit, command, settings, account, credentials)
        lines = install(machine, wish, dry=arguments.dry_run)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _install_on_windows(
    machine: Machine,
    arguments: argparse.Namespace,
    command: tuple[str, ...],
    settings: NodeSettings,
    *,
    system: bool,
) -> Iterator[str]:
    if arguments.credentials:
        raise NotInstalled(
            "there is no place on Windows from which a service alone could read --credentials",
            cure="Leave it out: shares see the service as its account. For mail, or another name "
            "on the share, write the files of docs/administering/service.md.",
        )
    unit, account = arguments.unit, arguments.account
    if system:
        wanted = registration(
            unit, command, interpreter=machine.interpreter,
            account=check_account(account) if account else None,
        )  # fmt: skip
        return install_service(machine, wanted, settings.scratch, dry=arguments.dry_run)
    if account:
        raise NotInstalled(
            "a task of one's own is oneself: it takes no --account", cure="Leave it out."
        )
    return install(machine, Wish(unit, command, settings, None), dry=arguments.dry_run)


def _for_system(machine: Machine, arguments: argparse.Namespace) -> bool:
    if arguments.user:
        return False
    if not machine.is_privileged and not arguments.dry_run:
        raise NotInstalled(
            "a service of the whole system can only be changed by an administrator",
            cure="Type it with sudo (as administrator); or say --user for one of your own.",
        )
    return True


def _protected(machine: Machine, credentials: Path | None) -> Path | None:
    if credentials and machine.others_may_read(credentials):
        raise NotInstalled(
            f"others may read {credentials}", cure=f"Type: chmod 600 {credentials.absolute()}"
        )
    return credentials.absolute() if credentials else None


def _uninstall(arguments: argparse.Namespace, machine: Machine | None = None) -> int:
    machine = machine or ThisMachine()
    system = _for_system(machine, arguments)
    for line in uninstall(machine, arguments.unit, system=system, dry=arguments.dry_run):
        sys.stdout.write(f"{line}\n")
    return 0
