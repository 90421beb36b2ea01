"""``python -m benchmarks.serving [--part compare|overhead|mixed] [--url ADDRESS]``: speed over HTTP."""

from benchmarks.serving.command import main

if __name__ == "__main__":
    main()
