"""``python -m node_service`` is ``wam-node``."""

from node_service.app import main

if __name__ == "__main__":
    raise SystemExit(main())
