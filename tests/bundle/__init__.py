"""The offline bundle: what is refused, what is installed, what an interruption leaves."""
