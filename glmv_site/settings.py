"""Settings, read from the environment. Every ``GLMV_*`` variable is a Django setting of the same name.

A bare machine needs none of them: SQLite, media and generated secrets live in ``DATA_DIR`` (``./data``).
"""

import os
import secrets
import warnings
from datetime import timedelta
from functools import partial
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from glmv_site import __version__
from glmv_site.environment import Environment, kept_secret
from glmv_site.office_hours import office_hours
from glmv_site.origins import ANY, usable
from glmv_site.parsing import (
    absolute_folders,
    at_least_one,
    int_or_auto,
    networks,
    one_of,
    pixel_size,
    share,
    time_of_day_or_none,
)

# Lets classes that Django leaves plain, such as ModelAdmin, be written with their type parameters.
django_stubs_ext.monkeypatch()

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
# Settings of this installation, one NAME=value a line; the environment itself takes precedence.
ENV_FILE = Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
Environment.read_file(ENV_FILE)

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
MEDIA_ROOT = DATA_DIR / "media"
# Folders on a NAS, read-only, whose scans are referenced in place. Named here, a share that is away is told from files
# that are gone, and a container mounts them at the same paths.
GLMV_SCANS = env.parsed("GLMV_SCANS", absolute_folders, default="")
# Behind nginx: the internal location whose root is MEDIA_ROOT (X-Accel-Redirect). Empty: Django sends files itself.
GLMV_X_ACCEL_PREFIX = env.str("GLMV_X_ACCEL_PREFIX", default="")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(DATA_DIR, "secret_key", get_random_secret_key)
# Reachable on the local network out of the box; an installation that faces the internet names its hosts.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
if "*" not in ALLOWED_HOSTS:
    # Probes and this system's own commands ask the machine itself, not through the proxy.
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Backups ---------------------------------------------------------------------------------------------------------
# Beside the data by default, so that a bare machine has backups at all; `doctor` asks for another disk.
GLMV_BACKUP_DIR = env.folder("GLMV_BACKUP_DIR", default=str(DATA_DIR / "backups"))
# When `manage.py serve` makes one each night, in TIME_ZONE; None: never.
GLMV_BACKUP_AT = env.parsed("GLMV_BACKUP_AT", time_of_day_or_none, default="")
GLMV_BACKUP_KEEP = env.parsed("GLMV_BACKUP_KEEP", at_least_one, default="7")
# reference: media files stay where they are, only their places and digests are kept.
GLMV_BACKUP_MEDIA = env.parsed("GLMV_BACKUP_MEDIA", partial(one_of, choices=("copy", "reference")), default="copy")

# For commands that are printed; set by start.sh and compose.yaml: how they are run, and where the machine has DATA_DIR.
GLMV_MANAGE = env.str("GLMV_MANAGE", default="python manage.py")
GLMV_HOST_DATA = Path(env.str("GLMV_HOST_DATA", default=str(DATA_DIR)))

# --- The process -----------------------------------------------------------------------------------------------------
# Without a network the time-outs of a hub's client would be minutes. An installation from a bundle has none.
GLMV_OFFLINE = env.bool("GLMV_OFFLINE", default=(BASE_DIR / "bundle.txt").is_file())
if GLMV_OFFLINE:
    # Read by the hub's client when it is imported, which is when a model is loaded.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
HOST = env.str("HOST", default="0.0.0.0")  # noqa: S104 - on purpose: colleagues on the same network open it
PORT = env.int("PORT", default=8080)

# When work in the background takes something new; empty for always. Pages and answers are there for whoever is there.
GLMV_HOURS = env.parsed("GLMV_HOURS", office_hours, default="")

# --- The model -------------------------------------------------------------------------------------------------------
GLMV_VERSION = __version__
GLMV_MODEL = env.str("GLMV_MODEL", default="demo")
GLMV_BACKEND = env.str("GLMV_BACKEND", default="local")
GLMV_REMOTE_URL = env.str("GLMV_REMOTE_URL", default="")
GLMV_REMOTE_KEY = env.str("GLMV_REMOTE_KEY", default="")
GLMV_REMOTE_MODEL = env.str("GLMV_REMOTE_MODEL", default="")
GLMV_SERVICE_URL = env.str("GLMV_SERVICE_URL", default=f"http://127.0.0.1:{PORT}")
GLMV_DEVICE = env.str("GLMV_DEVICE", default="auto")
GLMV_QUANTIZE = env.str("GLMV_QUANTIZE", default="none")
GLMV_MAX_NEW_TOKENS = env.int("GLMV_MAX_NEW_TOKENS", default=512)
GLMV_QUEUE_LIMIT = env.int("GLMV_QUEUE_LIMIT", default=15)
# How long somebody who asks (the API, or on the page) is kept waiting for the last word; 0 for as long as it takes.
GLMV_DEADLINE_S = env.int("GLMV_DEADLINE_S", default=300)
# Off only to look for the cause of a fault with a GPU.
GLMV_CUDA_GRAPHS = env.bool("GLMV_CUDA_GRAPHS", default=True)
GLMV_MAX_BATCH = env.parsed("GLMV_MAX_BATCH", int_or_auto, default="auto")

# --- Images that come in ---------------------------------------------------------------------------------------------
GLMV_MAX_REQUEST_MB = env.int("GLMV_MAX_REQUEST_MB", default=10)
GLMV_MAX_UPLOAD_MB = env.int("GLMV_MAX_UPLOAD_MB", default=200)
GLMV_SHRINK_OVER = env.int("GLMV_SHRINK_OVER", default=2000)
GLMV_SHRINK_TO = env.int("GLMV_SHRINK_TO", default=1024)
GLMV_MIN_IMAGE_SIZE = env.parsed("GLMV_MIN_IMAGE_SIZE", pixel_size, default="640x480")
GLMV_IMAGE_URL_HOSTS = env.list("GLMV_IMAGE_URL_HOSTS", default=[])

# --- REST ------------------------------------------------------------------------------------------------------------
# How long the answer to a request with an `Idempotency-Key` is kept, to be given again.
GLMV_IDEMPOTENCY_HOURS = env.int("GLMV_IDEMPOTENCY_HOURS", default=24)

# --- Audits ----------------------------------------------------------------------------------------------------------
# The smallest share of a lot that is drawn, whatever the plan says: what inspections draw.
GLMV_AUDIT_FLOOR = env.parsed("GLMV_AUDIT_FLOOR", share, default="0.05")
# Share of records without a fault from which a sample counts as passed (抽检合格率).
GLMV_AUDIT_PASS = env.parsed("GLMV_AUDIT_PASS", share, default="0.95")
# The fields by which a record fails where one of them is wrong or missing.
GLMV_AUDIT_REQUIRED = env.list("GLMV_AUDIT_REQUIRED", default=["title", "description", "event", "date", "place"])

# --- Tables that leave ------------------------------------------------------------------------------------------------
# For how long the file of an export can be fetched, and what its cells said is kept for the table that comes back.
GLMV_EXPORT_LINK_DAYS = env.parsed("GLMV_EXPORT_LINK_DAYS", at_least_one, default="7")
GLMV_EXPORT_KEPT_DAYS = env.parsed("GLMV_EXPORT_KEPT_DAYS", at_least_one, default="365")

# --- Doors, open by default ------------------------------------------------------------------------------------------
API_KEY = env.str("API_KEY", default="")
# With it the system's own processes ask the one that has the model, in the batch lane.
GLMV_INTERNAL_KEY = kept_secret(DATA_DIR, "internal_key", lambda: secrets.token_urlsafe(32))
GLMV_ASK_LOGIN = env.bool("GLMV_ASK_LOGIN", default=False)
METRICS_KEY = env.str("METRICS_KEY", default="")
CORS_ORIGINS = [origin.strip() for origin in env.list("CORS_ORIGINS", default=[])]
GLMV_HISTORY_DAYS = env.int("GLMV_HISTORY_DAYS", default=180)

# --- Webhooks --------------------------------------------------------------------------------------------------------
# The hosts that other systems may be told of events at; empty: nobody is told anything.
GLMV_WEBHOOK_HOSTS = env.list("GLMV_WEBHOOK_HOSTS", default=[])
# Networks that are not public and where these hosts may lie all the same: the institution's own.
GLMV_WEBHOOK_NETWORKS = env.parsed("GLMV_WEBHOOK_NETWORKS", networks, default="")

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    # Ours come first: their templates and static files take precedence over the packages'.
    "glmv_site",
    "catalog",
    "inference",
    "catalog.workbench.WorkbenchConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "axes",
]

MIDDLEWARE = [
    # Before everybody: each answer and each log line says which request it belongs to.
    "glmv_site.middleware.RequestIdMiddleware",
    # Before whatever answers by itself, too: refusals and redirects depend on who asks.
    "glmv_site.middleware.PrivateAnswerMiddleware",
    # Before whatever answers by itself: a browser must be able to read a redirect or a refusal as well.
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "glmv_site.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the form's token is looked for: Django reads a whole upload in order to find it.
    "glmv_site.server.bodies.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "glmv_site.middleware.UnfinishedBodyMiddleware",
    # Closest to the pages: in place of the answer to a sign-in it puts the refusal.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "glmv_site.urls"
WSGI_APPLICATION = "glmv_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "inference.context_processors.model_notice",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
# Only for measuring what FULL costs.
_SYNCHRONOUS = env.parsed("GLMV_SQLITE_SYNCHRONOUS", partial(one_of, choices=("full", "normal")), default="full")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets pages read while a batch writes. IMMEDIATE takes the write lock at the start of a transaction, where
    # waiting for it works; a transaction that first reads and then writes would fail at once instead.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # FULL: what somebody was told is saved has reached the disk, whatever becomes of the power. NORMAL would lose
        # the last commits. PostgreSQL waits for its disk unless it is told not to (ADR 51).
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_SYNCHRONOUS};",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A server that does not even refuse would be waited for for minutes, by every request.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
REDIS_URL = env.str("REDIS_URL", default="")

# --- Accounts --------------------------------------------------------------------------------------------------------
# Not the admin's own: whoever may only ask questions signs in too.
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "catalog:home"
LOGOUT_REDIRECT_URL = "catalog:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Who guesses passwords is slowed down; somebody else's guesses lock nobody out of their own account elsewhere.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Trying on while one has to wait makes the wait no longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "glmv_site.guessing.client_address"
AXES_LOCKOUT_CALLABLE = "glmv_site.guessing.refuse"
# It keeps what it counts and nothing else: no record of who signed in when.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英文"))]
LOCALE_PATHS = [BASE_DIR / "glmv_site" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# --- Static files ----------------------------------------------------------------------------------------------------
# WhiteNoise serves them from where they lie in the packages: a checkout runs without a collecting step. Media are no
# static files: the catalogue's own view serves them, after asking the policy.
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=None)  # only for `collectstatic`, where a front server serves them
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

# --- Security --------------------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env.bool("HTTPS", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Probes come from the machine itself, not through the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # Swagger's page carries a style element; scripts stay without this.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Pages of other sites ---------------------------------------------------------------------------------------------
# H5 pages and other front ends that call the interfaces from a browser. They bring a key, never this site's cookies.
# The package's app is not installed: all it has is checks, in English; `glmv_site.checks` says the same in Chinese.
CORS_ALLOW_ALL_ORIGINS = ANY in CORS_ORIGINS
CORS_ALLOWED_ORIGINS = usable(CORS_ORIGINS)
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/(v1|api)/"
CORS_ALLOW_HEADERS = [
    "authorization",
    "content-type",
    "x-request-id",
    # OpenAI's JavaScript client sends these whether anybody reads them or not.
    "openai-organization",
    "openai-project",
    *(
        f"x-stainless-{name}"
        for name in (
            "arch", "async", "custom-poll-interval", "helper-method", "lang", "os", "package-version", "poll-helper",
            "retry-count", "runtime", "runtime-version", "timeout",
        )
    ),
]  # fmt: skip
CORS_EXPOSE_HEADERS = ["x-request-id", "retry-after"]

# --- REST ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "inference.api.rest.KeyAuthentication",
        "rest_framework.authentication.TokenAuthentication",
        "inference.api.rest.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "inference.api.rest.KeyAllows",
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["inference.api.rest.KeyRate"],
    # The browsable pages carry scripts in the page, which the content security policy forbids; /api/docs/ is there.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "rest_framework.filters.OrderingFilter",
    ],
    "EXCEPTION_HANDLER": "catalog.api.problems.handle",
    # What OPTIONS would tell are the code's own comments; the description is at /api/schema/.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "catalog.api.description.ProblemSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "GLMV 图像编目",
    "DESCRIPTION": _(
        "读写目录的接口：馆藏、图像、著录、分组、批次、抽检、表格。列表可分页或用游标取，可筛选、检索、排序；"
        "修改凭 ETag，不盖掉别人的；凭 API 密钥或令牌，能做的与本人在页面上能做的一样。"
    ),
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    # Everybody reads the same description: who calls is not asked, and nobody's key is refused.
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "AnnotationStateEnum": "catalog.vocabulary.State",
        "BatchStateEnum": "catalog.vocabulary.BatchState",
        "MemberRoleEnum": "catalog.vocabulary.Role",
        "FileRoleEnum": "catalog.vocabulary.FileRole",
        "MemberAccessEnum": "catalog.vocabulary.Access",
        "SelectionEnum": "catalog.vocabulary.Selection",
        "StartableSelectionEnum": "catalog.api.batches.STARTABLE",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "inference.api.openapi.publish_v1",
    ],
}

# --- Logging ---------------------------------------------------------------------------------------------------------
# What libraries notice about files is no line for whoever imports them: the import says itself, in Chinese,
# what is wrong with a file, and of what can be read nothing is wrong.
warnings.filterwarnings("ignore", module=r"PIL\.")
_OF_FILES = ("PIL", "pyvips", "pypdfium2")
# Commands show their progress, not a log; `serve` sets INFO.
_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_LEVEL = env.parsed("LOG_LEVEL", partial(one_of, choices=_LEVELS), default="warning").upper()
LOG_FORMAT = env.parsed("LOG_FORMAT", partial(one_of, choices=("text", "json")), default="text")
# No line shows them, whatever is logged.
_KEYS = [SECRET_KEY, API_KEY, METRICS_KEY, GLMV_INTERNAL_KEY, GLMV_REMOTE_KEY]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "glmv_site.logs.TaggedFormatter", "secrets": _KEYS},
        "json": {"()": "glmv_site.logs.JsonLines", "secrets": _KEYS},
    },
    "filters": {
        "request_ids": {"()": "glmv_site.logs.RequestIds"},
        "no_queries": {"()": "glmv_site.logs.NoQueries"},
        "no_refusals": {"()": "glmv_site.logs.NoRefusals"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_ids", "no_queries", "no_refusals"],
        },
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Their own handlers would print every line a second time, in another form.
        name: {"handlers": [], "propagate": True}
        for name in ("django", "django.server", "gunicorn.error", "gunicorn.access")
    }
    # On its lowest level Django logs statements with their values: pictures and sessions are among them.
    | {"django.db.backends": {"level": "INFO"}}
    # A line for each request to a remote model, without its name; [DEBUG-LLM] says it better.
    | {name: {"level": "WARNING"} for name in ("httpx", "httpcore")}
    | {name: {"level": "ERROR"} for name in _OF_FILES},
}
