"""Which GPUs a node has, by number: found through NVML, or as its administrator says.

Numbers are NVML's, which follow the bus. CUDA numbers by speed unless told otherwise, so that jobs
are told (``gpu_environment``): on a machine with unlike GPUs two jobs would else share one.
"""

import importlib
import re
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import Final

from spool_layout.ticket import GPUS_MAX

AUTO: Final = "auto"
_NUMBERS: Final = re.compile(r"\d{1,4}(,\d{1,4})*,?\Z")


def parse_gpus(text: str) -> tuple[int, ...] | None:
    """``auto`` as None; a count, as ``2`` for 0 and 1; or the numbers, as ``0,2`` or ``3,``.

    Raises ValueError with the reason.
    """
    words = text.strip().lower()
    if words == AUTO:
        return None
    if not _NUMBERS.match(words):
        raise ValueError(f"'{text}' is neither a count of GPUs, nor numbers as '0,2', nor {AUTO}")
    if "," not in words:
        numbers = tuple(range(int(words)))
    else:
        numbers = tuple(int(word) for word in words.split(",") if word)
    if len(set(numbers)) != len(numbers) or len(numbers) > GPUS_MAX:
        raise ValueError(f"'{text}' names a GPU twice, or more than {GPUS_MAX}")
    return numbers


def find_gpus() -> tuple[int, ...]:
    """The numbers of this machine's NVIDIA GPUs that take computations.

    Empty without the package nvidia-ml-py, without a driver, and where NVML fails: that a machine
    without GPUs has none is no error. NVML's functions: NVIDIA, NVML API Reference.
    """
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return ()
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return ()
    try:
        return tuple(n for n in range(nvml.nvmlDeviceGetCount()) if _computes(nvml, n))
    except nvml.NVMLError:
        return ()
    finally:
        with suppress(nvml.NVMLError):
            nvml.nvmlShutdown()


def _computes(nvml: ModuleType, number: int) -> bool:
    mode = nvml.nvmlDeviceGetComputeMode(nvml.nvmlDeviceGetHandleByIndex(number))
    return bool(mode != nvml.NVML_COMPUTEMODE_PROHIBITED)


def gpu_environment(gpus: Sequence[int]) -> dict[str, str]:
    """What tells a CUDA program that these are its GPUs, and no others; none where it has none."""
    return {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(map(str, gpus)),
    }
