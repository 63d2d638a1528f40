"""A node as a service of one account alone, which stays on when nobody is logged in (linger)."""

import pytest

from tests.real.booted.machine import PYTHON, UNIT, Machine

pytestmark = pytest.mark.real
SETTINGS = "/home/jo/node.yaml"


@pytest.fixture
def own(machine, empty_lab):
    """An account that may linger, and its spool; the services that logging in needs run."""
    machine.run("useradd -m jo; systemctl start dbus.socket systemd-logind")
    made = Machine(empty_lab, account="jo", spool="/srv/jo")
    made.make_spool()
    made.write(SETTINGS, made.settings().replace("/var/lib/wam", "/home/jo/scratch"))
    return made


def test_it_goes_on_while_nobody_is_logged_in(own):
    def systemctl(words):
        return own.run(f"{own.as_account} systemctl --user --no-pager {words}")

    install = f"{own.as_account} {PYTHON} -P -m node_service install --user --config {SETTINGS}"
    own.run("loginctl enable-linger jo")
    own.wait_for(
        lambda: own.run("systemctl is-active user@$(id -u jo) || true") == "active", "jo's systemd"
    )
    said = own.run(install)
    assert "runs, and starts" in said and "enable-linger" not in said
    assert "is as it should be" in own.run(install)
    assert systemctl(f"is-enabled {UNIT}") == "enabled"
    _, solver = own.begin("own")
    assert own.run(f"stat -c %U /proc/{solver}") == "jo"
    assert f"user-{own.run('id -u jo')}.slice" in own.run(f"cat /proc/{solver}/cgroup")
    systemctl(f"restart {UNIT}")
    assert own.is_alive(solver)
    own.finish("own")
    assert (own.outcome("own").outcome, len(own.starts("own"))) == ("completed", 1)
    own.run(f"{own.as_account} {PYTHON} -P -m node_service uninstall --user")
    assert own.run("find /home/jo/.config -name 'wam-node*'") == ""
    own.run("loginctl disable-linger jo")
