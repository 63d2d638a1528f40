"""GPUs by number: as NVML tells (a made-up one), and as an administrator writes them."""

# ruff: noqa: N802 - the names are NVML's

import sys
from types import ModuleType

import pytest

from node_service.gpus import find_gpus, gpu_environment, parse_gpus
from spool_layout.ticket import Resources


class Nvml(ModuleType):
    """NVML as a machine with such GPUs answers; ``modes`` are their compute modes."""

    NVML_COMPUTEMODE_PROHIBITED = 2

    class NVMLError(Exception):
        pass

    def __init__(self, *modes, fails_at="") -> None:
        super().__init__("pynvml")
        self.modes = modes
        self.fails_at = fails_at
        self.open = 0

    def _answer(self, name, value=None):
        if name == self.fails_at:
            raise self.NVMLError(name)
        return value

    def nvmlInit(self):
        self._answer("init")
        self.open += 1

    def nvmlShutdown(self):
        self.open -= 1
        self._answer("shutdown")

    def nvmlDeviceGetCount(self):
        return self._answer("count", len(self.modes))

    def nvmlDeviceGetHandleByIndex(self, number):
        return self._answer("handle", ("gpu", number))

    def nvmlDeviceGetComputeMode(self, handle):
        return self._answer("mode", self.modes[handle[1]])


@pytest.fixture
def nvml(monkeypatch):
    def put(*modes, **more):
        made = Nvml(*modes, **more)
        monkeypatch.setitem(sys.modules, "pynvml", made)
        return made

    return put


def test_all_gpus_are_found_but_those_that_compute_for_nobody(nvml):
    made = nvml(0, 2, 3)
    assert find_gpus() == (0, 2)
    assert made.open == 0


@pytest.mark.parametrize("fails_at", ["init", "count", "handle", "mode"])
def test_where_nvml_fails_there_are_none(nvml, fails_at):
    made = nvml(0, 0, fails_at=fails_at)
    assert find_gpus() == ()
    assert made.open == 0


def test_a_shutdown_that_fails_takes_no_gpu_away(nvml):
    nvml(0, fails_at="shutdown")
    assert find_gpus() == (0,)


def test_without_the_package_there_are_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert find_gpus() == ()


def test_the_package_itself_is_asked_in_these_words():
    """On a machine without a driver it finds none; whatever the machine, it has these names."""
    import pynvml

    assert isinstance(find_gpus(), tuple)
    wanted = [name for name in vars(Nvml) if name.startswith(("nvml", "NVML"))]
    assert len(wanted) == 7
    assert [name for name in wanted if not hasattr(pynvml, name)] == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("auto", None),
        ("0", ()),
        ("2", (0, 1)),
        ("0,2", (0, 2)),
        ("3,", (3,)),
    ],
)
def test_gpus_are_counted_or_named(text, numbers):
    assert parse_gpus(text) == numbers


@pytest.mark.parametrize("text", ["", "two", "-1", "0,,2", "1,1", "65", "0.5"])
def test_what_names_no_gpus_is_refused(text):
    with pytest.raises(ValueError, match="GPU"):
        parse_gpus(text)


def test_a_job_sees_its_own_gpus_by_the_numbers_of_the_bus():
    assert gpu_environment((1, 3))["CUDA_VISIBLE_DEVICES"] == "1,3"
    assert gpu_environment((1, 3))["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert gpu_environment(())["CUDA_VISIBLE_DEVICES"] == ""


def test_two_jobs_get_unlike_gpus_in_their_environment(make_site):
    site = make_site(gpus=2, gpu_numbers=(1, 3))
    launched = []
    start = site.processes.start
    site.processes.start = lambda launch: launched.append(launch) or start(launch)
    for name in ("one", "two", "none"):
        asked = Resources(gpus=0 if name == "none" else 1)
        site.submit(name=name, resources=asked)
        site.clock.sleep(1)
    loop = site.loop()
    site.turn(loop, 3)
    seen = [launch.environment["CUDA_VISIBLE_DEVICES"] for launch in launched]
    assert seen == ["1", "3"]  # two cores: the third waits
    site.processes.end_all()
    site.turn(loop, 4)
    assert [launch.environment["CUDA_VISIBLE_DEVICES"] for launch in launched] == ["1", "3", ""]
