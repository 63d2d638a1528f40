"""``wam-node install`` and ``uninstall``: the command line of ``installing``."""

import argparse
import re
import sys
from pathlib import Path
from typing import Final

from node_service.config_file import NothingConfigured
from node_service.installing.errors import NotInstalled
from node_service.installing.steps import Wish, install, uninstall
from node_service.processes.machine import Machine, ThisMachine
from node_service.wiring import configured, settings_file

UNIT: Final = "wam-node"
ACCOUNT: Final = "wam"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")
EXAMPLES: Final = """examples:
  wam-node config explain > /etc/wam/node.yaml     then fill in spool and scratch
  wam-node install --dry-run                       shows the unit
  sudo wam-node install --account wam --credentials /etc/wam/node.env
  wam-node install --user                          without root
"""


def add_install(parser: argparse.ArgumentParser) -> None:
    """The parser takes what ``install`` needs."""
    parser.set_defaults(act=_install)
    parser.epilog, parser.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE",
        help="the node's settings file (default: the usual one)")  # fmt: skip
    add("--account", type=_name, default=None,
        help=f"who the service is; made if it is not there (default: {ACCOUNT})")  # fmt: skip
    add("--credentials", type=Path, metavar="FILE",
        help="a file of NAME=value lines, such as WAM_SMB_PASSWORD=..., for its owner's eyes only")  # fmt: skip
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
    if machine.is_windows and (arguments.credentials or arguments.account):
        raise NotInstalled(
            "a task of Windows takes neither --account nor --credentials",
            cure="Leave them out; put the variables into the environment of the account.",
        )
    if system and configured({}, file).origins["scratch"] == "default":
        raise NothingConfigured(
            f"{file} does not say where jobs run (scratch)",
            cure="Write 'scratch: /var/lib/wam', or another folder on a local disk.",
        )
    wish = Wish(
        arguments.unit,
        # -P: what lies in the folder where the service begins is not taken for a part of it.
        (sys.executable, "-P", "-m", "node_service", "run", "--config", str(file)),
        settings,
        (arguments.account or ACCOUNT) if system else None,
        _protected(machine, arguments.credentials),
    )
    for line in install(machine, wish, dry=arguments.dry_run):
        sys.stdout.write(f"{line}\n")
    return 0


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
