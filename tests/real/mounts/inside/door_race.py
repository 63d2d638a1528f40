"""One contender of a race for doors: ``door_race.py LOCATION FOLDER COUNT START_S SLOT_S``.

Tries each door about its instant by this guest's clock; prints which it won, as JSON.
"""

import json
import os
import random
import sys
import time

from wamspool.clock import SystemClock
from wamspool.errors import Exists
from wamspool.open_share import open_share

SPREAD_S = 0.02  # else the same contender is always a hair earlier


def main() -> None:
    location, folder, count, start_s, slot_s = sys.argv[1:]
    share = open_share(location, SystemClock(), environment=os.environ)
    share.list(folder)
    won, late = [], 0
    for number in range(int(count)):
        rest_s = float(start_s) + number * float(slot_s) - time.time()
        late += rest_s < 0
        time.sleep(max(0.0, rest_s) + random.random() * SPREAD_S)
        try:
            share.make_folder(f"{folder}/{number}")
        except Exists:
            continue
        won.append(number)
    print(json.dumps({"won": won, "late": late}))


if __name__ == "__main__":
    main()
