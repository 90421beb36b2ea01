"""Exit status 0 while the site's process answers on this machine; for HEALTHCHECK, where there is no curl."""

import http.client
import os
import sys


def main() -> int:
    """Ask ``/health`` once.

    Returns:
        0 where it says so, otherwise 1.
    """
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "").strip() or 8080), timeout=8)
    try:
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
    except (OSError, http.client.HTTPException) as error:
        print(f"/health 没有应答：{error}", file=sys.stderr)
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
