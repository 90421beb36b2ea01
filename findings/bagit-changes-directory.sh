#!/usr/bin/env bash
# bagit 1.9.0: make_bag changes the working directory of the whole process while it works.
#
# Expected: a function that is given a folder leaves everything else of the process as it is; a worker may make a bag in one
# thread while others go on.
# Seen: from its first to its last step make_bag has os.chdir'ed into the folder. Every relative path that another thread opens
# meanwhile, in a folder that it has as its own, means another file: here one that is there is not found.
# What the product does about it: catalog/exchange/packages writes bags itself, by whole paths, and has the library look them
# over; tests in tests/catalog/exchange/packages/test_making.py.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check setuptools==80.9.0 bagit==1.9.0

cat > "$folder/look.py" <<'PYTHON'
import os
import sys
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

import bagit

print("bagit", version("bagit"))

with tempfile.TemporaryDirectory() as name:
    home, scans = Path(name, "home"), Path(name, "scans")
    home.mkdir()
    scans.mkdir()
    (home / "catalogue.csv").write_text("1,2\n")
    for number in range(60):
        (scans / f"{number:04}.tif").write_bytes(os.urandom(2_000_000))
    os.chdir(home)
    over = threading.Event()
    places, missing = set(), 0

    def go_on() -> None:
        """Open a file of one's own by its name, as any other thread may."""
        global missing
        while not over.is_set():
            places.add(os.getcwd())
            missing += not Path("catalogue.csv").exists()

    other = threading.Thread(target=go_on)
    other.start()
    bagit.make_bag(str(scans), checksums=["sha256"])
    over.set()
    other.join()
    print("the other thread was in", len(places), "folders; its own file was missing", missing > 0)
    seen = os.path.realpath(scans) in {os.path.realpath(place) for place in places} and missing > 0
    os.chdir("/")

if not seen:
    sys.exit("make_bag leaves the working directory alone by now")
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
