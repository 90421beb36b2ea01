"""The site's settings for tests: an own DATA_DIR in each process, nothing taken over from the developer's machine.

``DATABASE_URL`` alone is kept: it says which database the tests run on (SQLite without it).
"""

import atexit
import os
import shutil
import tempfile

# Variables that would change the behaviour under test.
_FOREIGN = (
    "API_KEY", "METRICS_KEY", "CORS_ORIGINS", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS",
    "DEBUG", "HTTPS", "HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT", "STATIC_ROOT",
)  # fmt: skip

for _name in [name for name in os.environ if name.startswith("GLMV_") or name in _FOREIGN]:
    del os.environ[_name]

_data = tempfile.mkdtemp(prefix="glmv-test-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["DATA_DIR"] = _data
os.environ["ENV_FILE"] = os.devnull

from glmv_site.settings import *  # noqa: E402, F403 - the environment had to be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if "sqlite3" in DATABASES["default"]["ENGINE"]:  # noqa: F405 - from the settings above
    # A file, not memory: locks and write-ahead log behave as they do in an installation.
    DATABASES["default"]["TEST"] = {"NAME": f"{_data}/test.sqlite3"}  # noqa: F405 - from the settings above
