"""``python -m demo.training``: trains the demo checkpoint."""

import os

# Read when torch is loaded. A thread that waits must give its core to the process that draws, not spin on it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

from demo.training.train import main

main()
