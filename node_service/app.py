"""``wam-node``: the service's command line."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType

import filelock

from node_service.doctor import examination_json, examination_lines, examine, refuse_unfit
from node_service.gpus import find_gpus, parse_gpus
from node_service.loop import Loop
from node_service.node import Node
from node_service.own_status import is_running, own_status, status_lines
from node_service.scratch import LOCK, Scratch
from node_service.settings import NodeSettings
from node_service.starting import once_it_answers
from node_service.wiring import (
    default_scratch,
    make_node,
    this_environment,
    this_machine_cpus,
    this_machine_memory_bytes,
    this_node_name,
    this_version,
)
from spool_layout.errors import WamError
from spool_layout.names import check_node_name
from spool_layout.probe_record import Mark
from spool_layout.units import parse_duration_s, parse_rate_bytes_s, parse_size_bytes
from wamspool.clock import SystemClock


class AlreadyRunning(WamError):
    """Another service uses this scratch folder."""

    exit_code = 43
    remedy = "Stop the other service first, or give this one another --name and --scratch."


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.act(arguments))
    except WamError as error:
        sys.stderr.write(f"wam-node: {error.message}\n  -> {error.cure}\n")
        return error.exit_code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"wam-node: {place}{error.strerror or error}\n")
        return 3
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    Scratch(settings.scratch).make()
    with _only_one(settings.scratch):
        ended = threading.Event()
        stops: list[Callable[[], None]] = [ended.set]

        def stop(number: int, frame: FrameType | None) -> None:
            del number, frame
            for end in stops:
                end()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        _serve(arguments, settings, ended, stops)
    return 0


def _serve(
    arguments: argparse.Namespace,
    settings: NodeSettings,
    ended: threading.Event,
    stops: list[Callable[[], None]],
) -> None:
    def say(sentence: str) -> None:
        sys.stderr.write(f"wam-node: {sentence}\n")

    def opened() -> Node:
        node = make_node(arguments.spool, settings, verbose=arguments.verbose)
        refuse_unfit(node)
        return node

    if node := once_it_answers(opened, ended=ended, say=say):
        loop = Loop(node)
        stops.append(loop.stop)
        once_it_answers(loop.begin, ended=ended, say=say)
        if not ended.is_set():
            loop.serve()


def _status(arguments: argparse.Namespace) -> int:
    name = check_node_name(arguments.name or this_node_name())
    scratch = (arguments.scratch or default_scratch(name)).absolute()
    status, text = own_status(scratch)
    running = is_running(scratch)
    if arguments.json:
        sys.stdout.write(text.decode())
    else:
        now = SystemClock().utc_now()
        sys.stdout.writelines(
            f"{line}\n" for line in status_lines(status, running=running, now=now)
        )
    return 0 if running else 1


def _doctor(arguments: argparse.Namespace) -> int:
    name = check_node_name(arguments.name or this_node_name())
    examination = examine(
        arguments.spool,
        SystemClock(),
        name=name,
        version=this_version(),
        rounds=arguments.rounds,
        environment=this_environment(),
    )
    if arguments.json:
        sys.stdout.write(examination_json(examination.record))
    else:
        sys.stdout.writelines(f"{line}\n" for line in examination_lines(examination))
    return 1 if examination.record.verdict is Mark.FAILED else 0


def _only_one(scratch: Path) -> AbstractContextManager[object]:
    lock = filelock.FileLock(str(scratch / LOCK), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise AlreadyRunning(f"another service uses {scratch}") from None
    except OSError:
        return nullcontext()
    return lock


def _settings(arguments: argparse.Namespace) -> NodeSettings:
    name = check_node_name(arguments.name or this_node_name())
    gpus = find_gpus() if arguments.gpus is None else arguments.gpus
    return NodeSettings(
        name=name,
        scratch=(arguments.scratch or default_scratch(name)).absolute(),
        cpus=arguments.cpus or this_machine_cpus(),
        memory_bytes=arguments.memory or this_machine_memory_bytes(),
        gpus=len(gpus),
        gpu_numbers=gpus,
        pin_cores=arguments.pin_cores,
        tags=tuple(arguments.tag),
        programs=dict(arguments.program),
        profiles=arguments.profiles,
        poll_s=arguments.poll,
        events=not arguments.no_events,
        once=arguments.once,
        until_idle=arguments.until_idle,
        keep_scratch=arguments.keep_scratch,
        stage_out_rate_bytes_s=arguments.stage_out_rate,
    )


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
    return parser


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.set_defaults(act=_doctor)
    add = doctor.add_argument
    add("--spool", required=True, help="the spool, or a folder that is to become one")
    add("--name", help="the node's name (default: the host's)")
    add("--rounds", type=_count, help="how often the door is raced for (default: 200)")
    add("--json", action="store_true", help="print one JSON document instead")


def _add_status(status: argparse.ArgumentParser) -> None:
    status.set_defaults(act=_status)
    status.add_argument("--name", help="the node's name (default: the host's)")
    status.add_argument("--scratch", type=Path, help="the node's folder for running jobs")
    status.add_argument("--json", action="store_true", help="the status file as it is")


def _add_run(run: argparse.ArgumentParser) -> None:
    run.set_defaults(act=_run)
    add = run.add_argument
    add("--spool", required=True, help="the spool's folder")
    add("--name", help="the node's name (default: the host's)")
    add("--scratch", type=Path, help="local folder for running jobs")
    add("--cpus", type=_count, help="cores to offer (default: all)")
    add("--memory", type=_size, help="memory to offer, such as '64 GB' (default: all)")
    add(
        "--gpus",
        type=_gpus,
        default=None,
        metavar="GPUS",
        help="GPUs to offer: how many, or their numbers as in 0,2 (default: those that NVML finds)",
    )
    add("--pin-cores", action="store_true", help="keep each job on cores of its own")
    add("--tag", action="append", default=[], help="a tag that tickets may ask for; repeatable")
    add("--program", action="append", default=[], type=_program, metavar="PROFILE=PATH",
        help="the program of a solver profile on this machine; repeatable")  # fmt: skip
    add("--profiles", type=Path, help="folder with the site's own solver profiles (*.yaml)")
    add("--poll", type=_seconds, help="time between looks at the spool, such as '5 s'")
    add("--no-events", action="store_true", help="rely on polling alone")
    add("--once", action="store_true", help="take what fits now, finish it, and end")
    add("--until-idle", action="store_true", help="end when nothing is left to do for anybody")
    add("--keep-scratch", action="store_true", help="do not remove run folders of published jobs")
    add("--stage-out-rate", type=_rate, metavar="RATE",
        help="carry results to the spool no faster than this, such as '50 MB/s'")  # fmt: skip
    add("--verbose", action="store_true", help="log more")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a count of 1 or more")
    return int(text)


def _size(text: str) -> int:
    try:
        return parse_size_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rate(text: str) -> float:
    try:
        return parse_rate_bytes_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _gpus(text: str) -> tuple[int, ...] | None:
    try:
        return parse_gpus(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _program(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"'{text}' is not PROFILE=PATH")
    return name, path
