"""The one table of a node's settings: the file's parser, the command line, ``wam-node config`` and
the page docs/node-settings.md are all made from it.

To add a setting: a field with a default in ``NodeSettings``, and a row here. What is read of it
while the service runs must ask ``node.settings`` each time, or the row says ``live=False``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from node_service.opening import Outside
from node_service.setting_hooks import HOOKS
from node_service.setting_hours import KEEP_BACK, WINDOWS, gather_windows
from node_service.setting_kinds import (
    FILE,
    FILE_SIZE,
    FLAG,
    FOLDER,
    GPUS,
    LICENCES,
    LOCATION,
    MAPPING,
    NODE_NAME,
    PERIOD,
    RATE,
    SIZE,
    WORDS,
    Kind,
    count,
    one_of,
)


@dataclass(frozen=True, slots=True)
class Option:
    """A setting's option of ``wam-node run``. One without a value stands for ``means``; one that
    may be repeated is gathered: ``gather`` makes the value of the texts, or raises ValueError.
    """

    flag: str
    metavar: str = ""
    means: Any = None
    gather: Callable[[list[str]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``field`` is its place in NodeSettings. ``default`` says in words what holds
    without it; ``example`` is what may stand behind ``name:`` in the file. ``live``: a change of
    the file is followed while the service runs; else from its next start on.
    """

    name: str
    field: str
    kind: Kind
    default: str
    example: str
    meaning: str
    live: bool = True
    option: Option | None = None


def _programs(texts: list[str]) -> dict[str, str]:
    programs = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise ValueError(f"'{text}' is not PROFILE=PATH")
        programs[name] = path
    return programs


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "spool", "spool", LOCATION, "must be given", "/srv/jobs/spool",
        "The spool from which the node takes its jobs: a folder, or an address such as "
        "smb://server/share/folder.",
        live=False, option=Option("--spool", "FOLDER"),
    ),
    Setting(
        "name", "name", NODE_NAME, "the first part of the host's name", "cougar",
        "What the node is called. Two nodes of one spool must not have the same name: a service "
        "that finds its name in use at another place watches it for two heartbeats, and ends with "
        "exit code 44 when it is alive, or when it is met later.",
        live=False, option=Option("--name", "NAME"),
    ),
    Setting(
        "scratch", "scratch", FOLDER,
        "~/.local/state/wam/NAME (or below XDG_STATE_HOME, LOCALAPPDATA)", "/var/lib/wam/cougar",
        "The folder where jobs run: on a local disk with room for the largest of them.",
        live=False, option=Option("--scratch", "FOLDER"),
    ),
    Setting(
        "cpus", "cpus", count("a count of cores", least=1), "all physical cores", "16",
        "The cores that the node offers. With fewer than its jobs have, these run on, and no "
        "others are taken until there is room.",
        option=Option("--cpus", "N"),
    ),
    Setting(
        "memory", "memory_bytes", SIZE, "all", "64 GB",
        "The memory that the node offers.",
        option=Option("--memory", "SIZE"),
    ),
    Setting(
        "gpus", "gpu_numbers", GPUS, "auto: those that NVML finds", "[0, 2]",
        "The GPUs that the node offers: a count (2 is 0 and 1), their numbers (on the command line "
        "0,2, or 3, for one), or auto. A job sees the numbers that it was given in "
        "CUDA_VISIBLE_DEVICES.",
        option=Option("--gpus", "GPUS"),
    ),
    Setting(
        "pin_cores", "pin_cores", FLAG, "no", "yes",
        "Whether each job is kept on cores of its own.",
        live=False, option=Option("--pin-cores", means=True),
    ),
    Setting(
        "tags", "tags", WORDS, "none", "[big, abaqus2025]",
        "What tickets may ask for with 'tags'.",
        option=Option("--tag", "TAG", gather=tuple),
    ),
    Setting(
        "programs", "programs", MAPPING, "the profile's, looked up on the PATH",
        "{calculix: /opt/ccx/ccx_2.22}",
        "The program of a solver profile on this machine.",
        live=False, option=Option("--program", "PROFILE=PATH", gather=_programs),
    ),
    Setting(
        "profiles", "profiles", FOLDER, "none", "/etc/wam/profiles",
        "The folder with the site's own solver profiles (*.yaml).",
        live=False, option=Option("--profiles", "FOLDER"),
    ),
    Setting(
        "poll", "poll_s", PERIOD,
        "5 s where the system tells of changes; else 1 s, and 3 s when nothing has happened for a "
        "minute. More than ten nodes look more rarely, so that all together take about ten looks "
        "a second",
        "5 s",
        "The time between looks at the spool.",
        option=Option("--poll", "TIME"),
    ),
    Setting(
        "events", "events", FLAG, "yes", "no",
        "Whether the system is asked to tell of changes on the spool; without it the node relies "
        "on polling alone.",
        live=False, option=Option("--no-events", means=False),
    ),
    Setting(
        "stage_out_rate", "stage_out_rate_bytes_s", RATE, "none", "50 MB/s",
        "Results go to the spool no faster than this, all jobs together; up to 4 MB of results of "
        "one job are not waited for, but counted.",
        live=False, option=Option("--stage-out-rate", "RATE"),
    ),
    Setting(
        "windows", "windows", WINDOWS, "always", "[mon-fri 18:00-07:00, sat-sun]",
        "The hours in which the node takes jobs, by its own clock and zone. Outside of them it is "
        "shown as closed; a job whose walltime would end after the closing is not begun.",
        option=Option("--window", "HOURS", gather=gather_windows),
    ),
    Setting(
        "outside", "outside", one_of(*Outside), "finish", "suspend",
        "What becomes of runs at the closing: they finish, or they are suspended until the node "
        "opens. With suspend, a job longer than any opening is begun too.",
        option=Option("--outside", "WHAT"),
    ),
    Setting(
        "keep_back", "keep_back", KEEP_BACK, "none",
        "[{cpus: 4, when: mon-fri 08:00-18:00}, {cpus: 2, when: in use}, "
        "{cpus: 8, when: used by others}]",
        "Cores that are not offered in these hours, or while somebody uses the machine; where "
        "several hold, the most. Jobs that run keep theirs. In use is a terminal on which "
        "somebody has typed within 15 minutes, or any desktop session. With 'used by others' they "
        "are as many as programs that are not WAM's keep busy, 'cpus' at most.",
    ),
    Setting(
        "measure_memory", "measure_memory", FLAG, "yes", "no",
        "Whether memory that programs use which are not WAM's is left out of what is offered, "
        "where they use more than a tenth of the machine's.",
    ),
    Setting(
        "keep_awake", "keep_awake", FLAG, "yes", "no",
        "Whether the machine is kept from falling asleep while a solver runs, and nothing new is "
        "taken when it is about to sleep or to shut down, where the system lets us.",
    ),
    Setting(
        "hooks", "hooks", HOOKS, "none",
        "{extract: {when: post, command: [/opt/site/extract], limit: 10 min, on_failure: warn}}",
        "Commands that are run before the solver starts (pre) or after it ended (post), for every "
        "job, or those of some solvers. See hooks in docs/administering/solvers.md.",
        live=False,
    ),
    Setting(
        "keep_scratch", "keep_scratch", FLAG, "no", "yes",
        "Whether the run folders of published jobs stay on scratch; nothing else removes them.",
        option=Option("--keep-scratch", means=True),
    ),
    Setting(
        "keep_aside", "keep_aside_s", PERIOD, "30 d", "90 d",
        "How long the folder of a run that came too late (others had taken the job over) stays on "
        "scratch, in aside/.",
        option=Option("--keep-aside", "TIME"),
    ),
    Setting(
        "mail_file", "mail_file", FILE, "none", "/etc/wam/mail.yaml",
        "The file with the name and password for the site's mail server, and with addresses of "
        "notifications; only the service's account may be able to read it.",
        live=False, option=Option("--mail-file", "FILE"),
    ),
    Setting(
        "licences", "licences", LICENCES, "none",
        "{abaqus: {command: [/opt/abaqus/abaqus, licensing, lmstat, -a], "
        "pattern: 'Users of abaqus:.*Total of (\\d+) licenses? in use'}}",
        "By licence pool the command that tells what is in use; the figure is what the pattern's "
        "brackets hold, several are added. 'every' (1 min) and 'limit' (20 s) say how often and how "
        "long it may run; 'counts: others' says that the figure is without WAM's own jobs.",
    ),
    Setting(
        "verbose", "verbose", FLAG, "no", "yes",
        "Whether the log tells more.",
        option=Option("--verbose", means=True),
    ),
    Setting(
        "log_size", "log_size_bytes", FILE_SIZE, "5 MB", "20 MB",
        "How large a file of the node's log may grow before the next one is begun.",
    ),
    Setting(
        "log_files", "log_files", count("a count of files", least=1), "5", "10",
        "How many older files of the log are kept.",
    ),
    Setting(
        "log_age", "log_age_s", PERIOD, "90 d", "30 d",
        "How old lines of the log become; they go at the latest when they are half as old again.",
    ),
)  # fmt: skip
BY_NAME: Final[dict[str, Setting]] = {setting.name: setting for setting in SETTINGS}


def as_markdown() -> str:
    """The page ``docs/node-settings.md``."""
    rows = [
        f"| `{s.name}` | {s.kind.words} | {_cell(s.default)} | `{_cell(s.example)}` "
        f"| {f'`{s.option.flag}`' if s.option else '-'} | {'yes' if s.live else 'restart'} "
        f"| {_cell(s.meaning)} |"
        for s in SETTINGS
    ]
    return "\n".join(
        [
            "# Settings of a node",
            "",
            "*Made from the code by `make docs`; edits here are lost.*",
            "",
            "A node's settings stand in a file of `name: value` lines (YAML), or are options of",
            "`wam-node run`, which win. *Live* says whether a running service follows a change of the",
            "file. How the file is found stands in [a node](administering/node.md#the-settings-file).",
            "",
            "| setting | what it is | default | example | option | live | meaning |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    import sys

    sys.stdout.write(as_markdown())
