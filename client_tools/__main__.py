"""``python -m client_tools``: the same as ``wam``."""

import sys

from client_tools.app import main

sys.exit(main())
