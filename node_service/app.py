"""``wam-node``: the service's command line."""

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock

from node_service.as_service import run_as_service
from node_service.config_command import add_config
from node_service.config_file import InForce, NothingConfigured
from node_service.doctor import examination_json, examination_lines, examine, refuse_unfit
from node_service.install_command import add_install, add_uninstall
from node_service.installing.service_steps import service_lines
from node_service.loop import Loop
from node_service.node import Node
from node_service.options import add_settings, given
from node_service.own_status import aside_lines, is_running, own_status, status_lines
from node_service.processes.machine import ThisMachine
from node_service.processes.service_host import Say
from node_service.processes.wakefulness import power_management_of_this_system
from node_service.reloading import SettingsSource
from node_service.scratch import LOCK, Scratch
from node_service.scratch_aside import Aside
from node_service.solver_check import trial_lines, trials_json, try_solvers
from node_service.starting import once_it_answers
from node_service.told import Told, ending
from node_service.wiring import (
    configured,
    make_bench,
    make_node,
    settings_file,
    this_environment,
    this_version,
)
from spool_layout.errors import WamError
from spool_layout.names import check_node_name
from spool_layout.probe_record import Mark
from wamspool.clock import SystemClock


class AlreadyRunning(WamError):
    """Another service uses this scratch folder."""

    exit_code = 43
    remedy = "Stop the other service first, or give this one another --name and --scratch."


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.act(arguments))
    except (WamError, OSError) as error:
        sentence, code = ending(error)
        _say(sentence)
        return code
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    def serve(told: Told, say: Say) -> None:
        _run_told(arguments, told, say)

    if arguments.as_service:
        return run_as_service(arguments.as_service, serve)
    serve(_Signals(), _say)
    return 0


def _say(sentence: str) -> None:
    sys.stderr.write(f"wam-node: {sentence}\n")


def _run_told(arguments: argparse.Namespace, told: Told, say: Say) -> None:
    said = given(arguments)
    # A spool on the command line is a node of its own: no file of the machine mixes in unnamed.
    file = settings_file(arguments.config, usual="spool" not in said)
    settings = configured(said, file)
    if not settings.settings.spool:
        raise NothingConfigured(
            "nobody has said which spool the node serves",
            cure="Say --spool FOLDER, or write 'spool: FOLDER' into a file and name it with "
            "--config; 'wam-node config explain' tells of every setting.",
        )
    scratch = settings.settings.scratch
    Scratch(scratch).make()
    with _only_one(scratch):
        _serve(arguments, said, file, told=told, say=say)


def _serve(
    arguments: argparse.Namespace, said: dict[str, Any], file: Path | None, *, told: Told, say: Say
) -> None:
    def in_force() -> InForce:
        found = configured(said, file)
        calls = replace(found.settings, once=arguments.once, until_idle=arguments.until_idle)
        return replace(found, settings=calls)

    def opened() -> Node:
        settings = in_force().settings
        node = make_node(settings.spool, settings, power=power_management_of_this_system())
        refuse_unfit(node)
        return node

    if node := once_it_answers(opened, ended=told.ended, say=say):
        loop = Loop(node, SettingsSource(file, in_force) if file else None)
        told.stops.append(loop.stop)
        told.reloads.append(loop.reload)
        once_it_answers(loop.begin, ended=told.ended, say=say)
        if not told.ended.is_set():
            # Modules and settings stay: looking through them for garbage, again and again, took
            # an idle node as long as listing a queue of two thousand.
            gc.freeze()
            loop.serve()


class _Signals(Told):
    """SIGTERM and SIGINT end the service; SIGHUP has it read its settings file anew.

    On a terminal SIGHUP keeps its meaning: the terminal is closed, and the service ends with it.
    """

    def __init__(self) -> None:
        super().__init__()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        if (hang_up := getattr(signal, "SIGHUP", None)) is not None:
            on_terminal = sys.stderr is not None and sys.stderr.isatty()
            tell = self.stop if on_terminal else self.reload
            signal.signal(hang_up, lambda *_: tell())


def _status(arguments: argparse.Namespace) -> int:
    said = {} if arguments.name is None else {"name": check_node_name(arguments.name)}
    if arguments.scratch:
        said["scratch"] = arguments.scratch.absolute()
    file = settings_file(arguments.config, usual=not said)
    settings = configured(said, file).settings
    scratch = settings.scratch
    if not arguments.json:  # first: of a service that never came to run there is nothing else
        sys.stdout.writelines(f"{line}\n" for line in service_lines(ThisMachine()))
    status, text = own_status(scratch)
    running = is_running(scratch)
    if arguments.json:
        sys.stdout.write(text.decode())
    else:
        now = SystemClock().utc_now()
        sys.stdout.writelines(
            f"{line}\n" for line in status_lines(status, running=running, now=now)
        )
        lying = aside_lines(Aside(scratch).found(), kept_s=settings.keep_aside_s, now=now)
        sys.stdout.writelines(f"{line}\n" for line in lying)
    return 0 if running else 1


def _doctor(arguments: argparse.Namespace) -> int:
    if arguments.solver is not None:
        return _try_solvers(arguments)
    said = given(arguments)
    settings = configured(said, settings_file(arguments.config, usual="spool" not in said)).settings
    if not settings.spool:
        raise NothingConfigured(
            "nobody has said which spool is meant",
            cure="Say --spool FOLDER, or --config FILE; or --solver NAME to try a solver.",
        )
    examination = examine(
        settings.spool,
        SystemClock(),
        name=settings.name,
        version=this_version(),
        rounds=arguments.rounds,
        environment=this_environment(),
    )
    if arguments.json:
        sys.stdout.write(examination_json(examination.record))
    else:
        sys.stdout.writelines(f"{line}\n" for line in examination_lines(examination))
    return 1 if examination.record.verdict is Mark.FAILED else 0


def _try_solvers(arguments: argparse.Namespace) -> int:
    settings = configured(given(arguments), settings_file(arguments.config, usual=True)).settings
    trials = list(try_solvers(make_bench(settings), [n for n in arguments.solver if n]))
    if arguments.json:
        sys.stdout.write(trials_json(trials))
    else:
        sys.stdout.writelines(f"{line}\n" for trial in trials for line in trial_lines(trial))
    return 1 if any(trial.mark is Mark.FAILED for trial in trials) else 0


def _only_one(scratch: Path) -> AbstractContextManager[object]:
    lock = filelock.FileLock(str(scratch / LOCK), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise AlreadyRunning(f"another service uses {scratch}") from None
    except OSError:
        return nullcontext()
    return lock


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wam-node", description="The service of a WAM node.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="claim and run jobs until told to stop (SIGTERM)"))
    _add_status(
        commands.add_parser(
            "status",
            help="what the service on this machine says of itself; needs no share",
            epilog="Exit code: 0 while the service runs, 1 when it does not.",
        )
    )
    _add_doctor(
        commands.add_parser(
            "doctor",
            help="measure what the share does, from this machine and by this account",
            epilog="Exit code: 0 when WAM can be used on the share, 1 when it must not.",
        )
    )
    add_config(commands.add_parser("config", help="check, explain and show the node's settings"))
    add_install(commands.add_parser("install", help="have the system keep this node running"))
    add_uninstall(commands.add_parser("uninstall", help="take that service away; solvers go on"))
    return parser


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.set_defaults(act=_doctor)
    _add_config_option(doctor)
    add_settings(doctor, only=("spool", "name", "scratch", "programs", "profiles"))
    add = doctor.add_argument
    add("--solver", action="append", nargs="?", const="", metavar="NAME",
        help="instead, run the check deck of this solver's profile (of all, without a name); "
        "needs no spool. May be repeated.")  # fmt: skip
    add("--rounds", type=_count, help="how often the door is raced for (default: 200)")
    add("--json", action="store_true", help="print one JSON document instead")


def _add_status(status: argparse.ArgumentParser) -> None:
    status.set_defaults(act=_status)
    status.add_argument("--name", help="the node's name (default: the host's)")
    status.add_argument("--scratch", type=Path, help="the node's folder for running jobs")
    _add_config_option(status)
    status.add_argument("--json", action="store_true", help="the status file as it is")


def _add_run(run: argparse.ArgumentParser) -> None:
    run.set_defaults(act=_run)
    _add_config_option(run)
    add_settings(run)
    add = run.add_argument
    add("--once", action="store_true", help="take what fits now, finish it, and end")
    add("--until-idle", action="store_true", help="end when nothing is left to do for anybody")
    add("--as-service", metavar="NAME",
        help="be the service of that name; Windows' service manager says this, nobody else")  # fmt: skip


def _add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the node's settings file")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a count of 1 or more")
    return int(text)
