"""The systemd unit of a node. Each directive that is there, or is not, says why: solvers inherit
what the service is held to, for as long as they run.

Sources: systemd.service(5), systemd.kill(5), systemd.exec(5), systemd.resource-control(5).
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from node_service.config_file import NothingConfigured, SettingsRefused
from spool_layout.errors import BadName, TooNew, WamError

MADE_BY: Final = "# Made by 'wam-node install', which replaces it. Put changes into a drop-in:"
INCURABLE: Final[tuple[type[WamError], ...]] = (
    TooNew, BadName, SettingsRefused, NothingConfigured,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What a unit is to start. ``command`` is the whole command line; ``account`` is None for a
    user's own unit; ``mount`` is the mount unit on which the spool lies, if it is one.
    """

    name: str
    command: tuple[str, ...]
    scratch: str
    account: str | None
    mount: str | None = None
    credentials: str | None = None


def unit_text(plan: UnitPlan) -> str:
    """The unit's file."""
    blocks = [_head(plan), _unit(plan), _service(plan), _endurance(), _room(plan)]
    if plan.account:
        blocks.append(_hardening())
    target = "multi-user.target" if plan.account else "default.target"
    return "\n".join([*blocks, f"[Install]\nWantedBy={target}\n"])


def _head(plan: UnitPlan) -> str:
    user = "" if plan.account else "--user "
    return f"{MADE_BY}\n# systemctl {user}edit {plan.name}\n"


def _unit(plan: UnitPlan) -> str:
    lines = ["[Unit]", "Description=WAM node: runs the jobs of a spool"]
    if plan.account:
        lines += [
            "Wants=network-online.target",
            "After=network-online.target remote-fs.target nss-user-lookup.target",
            f"RequiresMountsFor={_path(plan.scratch)}",
        ]
    if plan.account and plan.mount:
        lines += [
            "# Not RequiresMountsFor: after a mount that failed, because the server boots later,",
            "# systemd would never start the node. So it is asked for anew at each start, and the",
            "# node, which finds no spool, is started again until there is one.",
            f"Wants={plan.mount}",
            f"After={plan.mount}",
        ]
    return "\n".join([*lines, "# However often it failed, it is started again.",
                      "StartLimitIntervalSec=0", ""])  # fmt: skip


def _service(plan: UnitPlan) -> str:
    lines = ["[Service]", "Type=exec", f"ExecStart={' '.join(map(_word, plan.command))}"]
    lines.append("ExecReload=/bin/kill -HUP $MAINPID")
    if plan.account:
        lines += [
            "# An account of its own, with a fixed number: on the share it owns what it writes. That",
            "# rules out DynamicUser, whose numbers change, and which brings a private /tmp.",
            f"User={plan.account}",
        ]
    if plan.credentials:
        lines += [
            "# Read by systemd, not by the account. What runs as this account can still see it in",
            "# the service's process; LoadCredential would be no different.",
            f"EnvironmentFile={_path(plan.credentials)}",
        ]
    return "\n".join([*lines, ""])


def _endurance() -> str:
    codes = " ".join(str(kind.exit_code) for kind in INCURABLE)
    return f"""\
# Stopping or restarting the service must not end the solvers in its control group.
KillMode=process
# When the kernel kills a solver for want of memory, the others and the service go on; the default
# is to stop the service.
OOMPolicy=continue
Restart=on-failure
RestartSec=15
# What waiting does not cure: settings that cannot be used, a spool of a newer WAM.
RestartPreventExitStatus={codes}
TimeoutStopSec=2min
"""


def _room(plan: UnitPlan) -> str:
    lines = [
        "# Solvers with many ranks and threads; the default is a share of the system's whole number.",
        "TasksMax=infinity",
    ]
    if plan.account:  # a user's manager cannot raise it
        lines += ["# MPI over InfiniBand pins its buffers.", "LimitMEMLOCK=infinity"]
    return "\n".join([*lines, ""])


def _hardening() -> str:
    return """\
# No way to more rights, by setuid programs neither. (Where nvidia-modprobe makes the devices of
# GPUs, have that done at boot, for example by nvidia-persistenced.)
NoNewPrivileges=yes
RestrictSUIDSGID=yes
CapabilityBoundingSet=
# /usr, /boot and /etc cannot be written. Not 'strict': it would have to know each place to which
# a solver or a site's profile may write.
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
# Left out, each for what it would break:
#   PrivateTmp: systemd empties it when the service stops, under solvers that go on
#   PrivateDevices, ProtectClock, DevicePolicy: GPUs and InfiniBand are devices
#   ProtectHome: spools, licences and compilers' settings lie there on many sites
#   MemoryDenyWriteExecute: solvers' Python, user subroutines and drivers make code as they run
#   SystemCallFilter, RestrictNamespaces, RestrictAddressFamilies, RestrictRealtime,
#   LockPersonality: MPI, containers and debuggers need what these forbid, and fail strangely
#   UMask: users are to read the results, by the rights that the share gives
"""


def _word(text: str) -> str:
    """A word of a command line. % and $ would be replaced by systemd."""
    escaped = text.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return f'"{escaped}"' if any(c.isspace() or c in "\"'\\;" for c in text) else escaped


def _path(text: str) -> str:
    return text.replace("%", "%%").replace("\\", "\\\\").replace(" ", "\\x20")


def mount_unit(folder: str) -> str:
    """What systemd calls the mount at this folder. Rule: systemd.unit(5), escaping of paths."""
    path = str(PurePosixPath(folder)).strip("/")
    escaped = "".join(_escaped(c, first=i == 0) for i, c in enumerate(path)) if path else "-"
    return f"{escaped}.mount"


def _escaped(character: str, *, first: bool) -> str:
    if character == "/":
        return "-"
    if (character.isascii() and character.isalnum()) or character in ":_":
        return character
    if character == "." and not first:
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
