"""Settings, read from the environment; docs/operations.md lists every variable.

Nothing set means "embedded": PostgreSQL, message queue and mail folder under var/, for one
machine. DATABASE_URL means production, and production refuses to start half configured.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_include_bootstrap
import environ
from django.utils.translation import gettext_lazy as _

from smarketing.embedded.secret import kept_secret

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
EMBEDDED = not env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMAIL_URL = env.str("EMAIL_URL", default="")

# --- Who may start, and under which name -------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
SETUP_CODE = env.str("SETUP_CODE", default="")  # without one it is made of the secret key
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
BEHIND_HTTPS = SITE_URL.startswith("https://")

if EMBEDDED:
    SECRET_KEY = SECRET_KEY or kept_secret(VAR_DIR / "secret-key")
elif not SECRET_KEY or DEBUG:
    wrong = "DEBUG is on" if DEBUG else "SECRET_KEY is not set"
    raise SystemExit(
        f"Smarketing does not start: DATABASE_URL is set, so this is a production start, but {wrong}. "
        "Production needs a long random SECRET_KEY that stays the same between starts (for example from "
        "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`) and DEBUG off, because debug pages "
        "show settings and data to visitors. Without DATABASE_URL everything runs embedded under var/."
    )

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", SITE_HOST])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
# How many proxies of ours append to X-Forwarded-For; 0 means that the header is not believed at all.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- Parts -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "smarketing.embedded",
    "smarketing.demo",
    "smarketing.accounts",
    "leads",
    "funnel",
    "sla",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "smarketing.door.DoorMiddleware",
    "smarketing.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "smarketing.accounts.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "smarketing.outage.RefusalMiddleware",
    "smarketing.accounts.middleware.KeptFormMiddleware",
    "smarketing.accounts.middleware.FragmentMiddleware",
    "smarketing.accounts.middleware.OriginMiddleware",
]
# What landing pages' posts pass instead of the above (smarketing/door.py says why).
DOOR_MIDDLEWARE = [
    "smarketing.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "smarketing.door.PlainPolicyMiddleware",
]

ROOT_URLCONF = "smarketing.urls"
WSGI_APPLICATION = "smarketing.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "sla.context_processors.engine",
            ]
        },
    }
]
FORM_RENDERER = "smarketing.accounts.forms.rendering.TextRenderer"

# --- Database ----------------------------------------------------------------------------------

database: dict[str, Any]
if EMBEDDED:
    database = {"ENGINE": "smarketing.embedded.backend", "NAME": "smarketing", "USER": "postgres"}
else:
    database = env.db("DATABASE_URL")
    # A socket folder can only be said as `?host=/folder`; `dbshell` looks for it in HOST alone.
    database["HOST"] = database.get("OPTIONS", {}).pop("host", database["HOST"])

# Persistent connections are worth 3.7 times the intake rate; the health check makes them survive
# a restart of PostgreSQL without an error for the visitor who comes next.
database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
database["CONN_HEALTH_CHECKS"] = True
database["OPTIONS"] = {
    "connect_timeout": 2,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    **database.get("OPTIONS", {}),
}
# 0 is "no limit": commands and workers may take long; the web server sets its own limit.
statement_timeout = env.int("STATEMENT_TIMEOUT_MS", default=0)
if statement_timeout:
    database["OPTIONS"].setdefault("options", f"-c statement_timeout={statement_timeout}")
DATABASES = {"default": database}
# Off behind a pooler that gives each transaction another session (PgBouncer's transaction mode).
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)

# --- People ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Language and time -------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["smarketing.formats"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# --- Static files ------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = None if EMBEDDED else Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "staticfiles")))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # The package puts its files at the top; here they are `bootstrap/css/…` and `bootstrap/js/…`.
    ("bootstrap", Path(django_include_bootstrap.__file__).parent / "static"),
]
# Embedded serves the files from where they lie, so nothing has to be collected before a start.
WHITENOISE_USE_FINDERS = EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"

# --- Browser safety ----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Bootstrap's icons are data: pictures in its style sheet
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=BEHIND_HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by machines inside the network
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if BEHIND_HTTPS else 0)
# Subdomains and browsers' preload lists are for the owner of the whole domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# Anybody may send this header; it is believed only when a proxy of ours overwrites it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# --- API ---------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# A file of leads to import; it is read while the person waits.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_MB", default=50) * 1024 * 1024
REST_FRAMEWORK = {
    # The token comes first: its header makes a refusal 401, a session's would be 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "smarketing.accounts.api.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["smarketing.accounts.api.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "smarketing.problems.exception_handler",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "smarketing.openapi.ApiSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min"},
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would describe forms; the schema does that
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Smarketing",
    "VERSION": "1",
    "DESCRIPTION": "Leads, what they do, where they stand in the funnel, and who was reminded of them.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,  # what may be written is less than what is read
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "smarketing.openapi.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Role": "smarketing.accounts.enums.Role",
        "Side": "smarketing.accounts.enums.Side",
        "Scope": "smarketing.accounts.enums.Scope",
        "ActivityKind": "leads.enums.ActivityKind",
        "ActivitySource": "leads.enums.ActivitySource",
        "Outcome": "leads.enums.Outcome",
        "SubmissionStatus": "leads.enums.SubmissionStatus",
        "Dimension": "leads.enums.Dimension",
        "Seniority": "leads.enums.Seniority",
        "Stage": "funnel.enums.Stage",
        "Status": "funnel.enums.Status",
        "Move": "funnel.enums.Move",
        "Reason": "funnel.enums.Reason",
        "OpportunityStatus": "funnel.enums.OpportunityStatus",
        "Decision": "funnel.api.move_shapes.DECISIONS",
        "ClockKind": "sla.enums.ClockKind",
        "ClockState": "sla.enums.ClockState",
        "Recipient": "sla.enums.Recipient",
        "ReminderState": "sla.enums.ReminderState",
        "MailState": "sla.enums.MailState",
        "DisputeKind": "sla.enums.DisputeKind",
        "DisputeState": "sla.enums.DisputeState",
        "AgreementStatus": "sla.enums.AgreementStatus",
    },
}

# --- Mail --------------------------------------------------------------------------------------

EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Smarketing <smarketing@{SITE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "smarketing.embedded.mail.EmlBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- Cache and messages ------------------------------------------------------------------------
# Redis only wakes up and remembers for a while; nothing waits for it longer than half a second.

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "smarketing.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "smarketing",
            "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        # A killed worker's message comes back after this long. Nobody waits for it: it has expired
        # by then, and the next tick, seconds later, asks the database the same question.
        "visibility_timeout": 3600,
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CELERY_BROKER_URL = "folder://"  # smarketing/embedded/broker.py
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "messages"),
        "data_folder_out": str(VAR_DIR / "broker" / "messages"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
    }

CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_PUBLISH_RETRY = False  # a request never waits for the broker to come back
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- Log ---------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    # A line for each refused post would let a flood fill the disk; intake says it once a minute.
    # Refused sign-ins stay in the log: whoever guards the server counts them.
    "filters": {
        "but_floods": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: (
                getattr(record, "status_code", None) != 429
                or not record.request.path.endswith("/submissions")
            ),
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["but_floods"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
