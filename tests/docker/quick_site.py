"""Stands for manage.py in an installation: a site that is up at once, and does what files in $DOUBLE ask for.

`hold`: its upgrade waits until that file is gone. `deaf`: it runs and listens nowhere, and ends once `die` is there.
`fault`: a check of its settings says what is in it. `broken`: likewise its upgrade.
"""

import http.server
import json
import os
import sys
import time
from pathlib import Path

DOUBLE = Path(os.environ["DOUBLE"])


class Handler(http.server.BaseHTTPRequestHandler):
    """Is ready."""

    def do_GET(self) -> None:
        """Answer, and write a line to the log as the site does."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"state": "ready", "reason": "", "model_version": "quick@1"}).encode())


def main(command: str) -> None:
    """Do what the command does.

    Args:
        command: check, upgrade, ensure_admin or serve.
    """
    for name, of in (("fault", "check"), ("broken", "upgrade")):
        if command == of and (DOUBLE / name).exists():
            sys.exit((DOUBLE / name).read_text())
    if command == "upgrade":
        while (DOUBLE / "hold").exists():
            time.sleep(0.02)
    if command != "serve":
        return
    print(f"serve {os.getpid()}", flush=True)
    if (DOUBLE / "deaf").exists():
        while not (DOUBLE / "die").exists():
            time.sleep(0.02)
        sys.exit("CommandError: cannot listen")
    http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever(0.02)


if __name__ == "__main__":
    main(sys.argv[1])
