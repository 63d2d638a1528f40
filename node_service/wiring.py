"""Real parts put together: the only place of the service that reads clocks, hosts and programs."""

import logging
import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from node_service.config_file import DEFAULT, Filed, InForce, in_force, read_file, usual_file
from node_service.gpus import find_gpus
from node_service.link import Link
from node_service.log import node_log, writes_to_journal
from node_service.mail.notices import NoticeServer
from node_service.mail.own_file import MailFile, read_mail_file
from node_service.mail.post import Post
from node_service.mail.server import Credentials, MailServer
from node_service.node import Node, Notices
from node_service.processes import Core, find_cores, processes_of_this_system
from node_service.processes.asking import first_line_said
from node_service.processes.machine_use import look_at_machine
from node_service.processes.wakefulness import NoPowerManagement, PowerManagement
from node_service.scratch import LOG, Scratch
from node_service.scratch_outbox import NOTICES, Outbox
from node_service.settings import NodeSettings
from node_service.solver_check import Bench
from spool_layout.errors import WamError
from spool_layout.names import check_node_name, node_name_from_host
from spool_layout.profile import Profile
from spool_layout.solver_command import build_version_command
from wamspool.clock import SystemClock
from wamspool.journal import Journal
from wamspool.lease import OwnLease
from wamspool.open_share import local_folder, open_share
from wamspool.profiles.load import load_profiles
from wamspool.spool import Spool, open_spool

SMTP_USER = "WAM_SMTP_USER"
SMTP_PASSWORD = "WAM_SMTP_PASSWORD"  # noqa: S105 - the variable's name, no password
SECRETS = frozenset({SMTP_PASSWORD, "WAM_SMB_PASSWORD"})


class NoProgram(WamError):
    """The programs that the administrator names are not here, nor those of other profiles."""

    exit_code = 42
    remedy = "Give the full path: --program NAME=/path/to/program."


def this_node_name() -> str:
    """The node's name unless another is given: from the host's."""
    return node_name_from_host(socket.gethostname())


def this_environment() -> Mapping[str, str]:
    """The variables that this was started with: there a server's name and password may be."""
    return os.environ


def this_version() -> str:
    """The version of this WAM."""
    return metadata.version("wamspool")


def this_machine_cpus() -> int:
    """The cores of this machine (physical ones where that is known)."""
    return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1


def this_machine_memory_bytes() -> int:
    """The memory of this machine."""
    return psutil.virtual_memory().total


def default_scratch(name: str) -> Path:
    """A folder for this account's service of this name."""
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    root = Path(base) if base else Path.home() / ".local" / "state"
    return root / "wam" / name


def settings_file(named: Path | None, *, usual: bool) -> Path | None:
    """The settings file that was named; else, where it is wanted, the usual one, if there is one."""
    if named:
        return named.absolute()
    return usual_file(this_environment(), Path.home()) if usual else None


def configured(given: Mapping[str, Any], file: Path | None) -> InForce:
    """The settings that hold on this machine. ``given`` is what the command line says, by field.

    Raises NothingConfigured where the file cannot be read, SettingsRefused for what it says.
    """
    filed = read_file(file) if file else Filed()
    held = in_force({**given, **_whole_paths(given)}, filed, _found(), default_scratch)
    if held.origins["gpus"] == DEFAULT:
        held = replace(held, settings=replace(held.settings, gpu_numbers=find_gpus()))
    return replace(held, settings=replace(held.settings, gpus=len(held.settings.gpu_numbers)))


def _whole_paths(given: Mapping[str, Any]) -> dict[str, Path]:
    return {name: value.absolute() for name, value in given.items() if isinstance(value, Path)}


def _found() -> NodeSettings:
    """What this machine offers where nobody says otherwise."""
    return NodeSettings(
        name=this_node_name(),
        scratch=Path(),
        cpus=this_machine_cpus(),
        memory_bytes=this_machine_memory_bytes(),
    )


def make_node(
    location: str,
    settings: NodeSettings,
    *,
    power: PowerManagement = NoPowerManagement(),  # noqa: B008 - has no state
) -> Node:
    """The node, ready to run. Raises WamError where a part cannot be had."""
    check_node_name(settings.name)
    clock = SystemClock()
    scratch = Scratch(settings.scratch)
    scratch.make()
    spool = open_spool(open_share(location, clock, environment=this_environment()), clock)
    profiles = load_profiles(_site_texts(settings.profiles, clock))
    programs, lacking = _programs(profiles, settings)
    to_journal = writes_to_journal(os.environ)
    log = node_log(
        settings.scratch / LOG, settings.name, settings.log_bounds(), to_journal=to_journal
    )
    for problem in lacking:
        log.error("solver not offered", extra={"why": problem})
    own = read_mail_file(settings.mail_file) if settings.mail_file else MailFile()
    return Node(
        settings=settings,
        spool=spool,
        lease=OwnLease.of(spool),
        scratch=scratch,
        power=power,
        processes=processes_of_this_system(),
        profiles=profiles,
        programs=programs,
        lacking=lacking,
        environment=_inherited(),
        journal=Journal(spool.share, settings.name),
        log=log,
        boot=str(int(psutil.boot_time())),
        version=this_version(),
        home=f"{socket.gethostname()}:{settings.scratch}",
        solver_versions=_versions(profiles, programs),
        link=Link(clock, settings.stage_out_rate_bytes_s),
        post=_post(spool, own, settings, log),
        notices=_notices(own, settings, clock, log),
        cores=_cores(settings, log),
        machine_use=look_at_machine,
    )


def make_bench(settings: NodeSettings) -> Bench:
    """What the solvers of these settings are tried with. Raises WamError, OSError."""
    clock, scratch = SystemClock(), Scratch(settings.scratch)
    scratch.make()
    profiles = load_profiles(_site_texts(settings.profiles, clock))
    programs, lacking = _programs(profiles, settings)
    if lacking:  # whoever tries the solvers is to hear of it first
        raise NoProgram(lacking[0])
    return Bench(
        scratch=scratch,
        processes=processes_of_this_system(),
        profiles=profiles,
        programs=programs,
        versions=_versions(profiles, programs),
        environment=_inherited(),
        clock=clock,
    )


def _inherited() -> dict[str, str]:
    """What solvers inherit of the service's environment: their users can read it."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS}


def _cores(settings: NodeSettings, log: logging.Logger) -> tuple[Core, ...]:
    """The cores that are given out. Where more are offered than there are, jobs share them."""
    if not settings.pin_cores:
        return ()
    cores = find_cores()
    singly = tuple(Core(core.package, (p,)) for core in cores for p in core.processors)
    fitting = next((c for c in (cores, singly) if settings.cpus <= len(c)), ())
    if not fitting:
        why = f"{settings.cpus} cores are offered, and jobs can be kept on {len(singly)}"
        log.warning("cores not pinned", extra={"why": why})
    return fitting


def _notices(
    own: MailFile, settings: NodeSettings, clock: SystemClock, log: logging.Logger
) -> Notices | None:
    """The way to the node's own notification addresses, if its mail file has any."""
    if not own.notify:
        return None
    outbox = Outbox(settings.scratch, NOTICES)
    return Notices(Post(NoticeServer(own.notify), outbox, clock, log), own.notify_of)


def _post(spool: Spool, own: MailFile, settings: NodeSettings, log: logging.Logger) -> Post | None:
    """The post of a node whose spool has a mail server."""
    mail = spool.settings.mail
    if mail is None:
        return None
    user, password = (os.environ.get(name, "") for name in (SMTP_USER, SMTP_PASSWORD))
    user, password = (user, password) if user else (own.user, own.password)
    server = MailServer(mail, Credentials(user, password) if user else None)
    return Post(server, Outbox(settings.scratch), spool.clock, log)


def _site_texts(folder: Path | None, clock: SystemClock) -> dict[str, bytes]:
    """The texts of a folder's profiles. Raises ShareError when there is no such folder."""
    if folder is None:
        return {}
    share = local_folder(folder, clock)
    names = sorted(entry.name for entry in share.list("") if entry.name.endswith(".yaml"))
    return {f"{folder}/{name}": share.read(name) for name in names}


def _versions(profiles: dict[str, Profile], programs: dict[str, str]) -> dict[str, str]:
    """What each solver says of its version, asked once for a service's life."""
    commands = {
        name: build_version_command(profiles[name], path) for name, path in programs.items()
    }
    return {name: first_line_said(command) for name, command in commands.items() if command}


def _programs(
    profiles: dict[str, Profile], settings: NodeSettings
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The full path of each program that is here, and which of those that are named are not.

    A profile without its program is not offered: a share that is not mounted yet, or a solver
    that was moved, takes away no other. Raises NoProgram where nothing is left to offer.
    """
    found: dict[str, str] = {}
    lacking = []
    for name in settings.programs:
        if name not in profiles:
            raise NoProgram(
                f"there is no solver profile '{name}'",
                cure=f"Known are: {', '.join(sorted(profiles))}.",
            )
    for name, profile in profiles.items():
        wanted = settings.programs.get(name) or profile.program
        path = shutil.which(wanted) if wanted else None
        if path:
            found[name] = str(Path(path).resolve())
        elif name in settings.programs:
            lacking.append(f"the program of '{name}', {wanted}, is not on this machine")
    if lacking and not found:
        raise NoProgram("; ".join(lacking))
    return found, tuple(f"{words}: it is not offered" for words in lacking)
