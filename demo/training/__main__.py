"""``python -m demo.training``: trains the demo checkpoint."""

from demo.training.train import main

main()
