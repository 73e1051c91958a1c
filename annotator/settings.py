"""All settings, all from the environment (docs/settings.md lists them; a test holds that list true)."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from annotator import embedded, env

django_stubs_ext.monkeypatch()  # makes ModelAdmin[...] and the like subscriptable, as the type stubs have them

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = env.var_folder(BASE_DIR)

DEBUG = env.flag("STEPMARK_DEBUG", default=False)
SECRET_KEY = env.secret_key(VAR)
ALLOWED_HOSTS = env.words("STEPMARK_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("STEPMARK_TRUSTED_ORIGINS", [])
HTTPS = env.flag("STEPMARK_HTTPS", default=False)

INSTALLED_APPS = [
    "labelling.dashboard",
    "labelling.pipeline",
    "exports",
    "labelling.review",
    "labelling.rating",
    "labelling.rounds",
    "labelling.prm",
    "labelling.corpus",
    "labelling.jobs",
    "labelling.people",
    "annotator.apps.AnnotatorConfig",
    "annotator.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "labelling.people.preferences.PreferencesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "labelling.people.middleware.DefaultDenyMiddleware",
]
ROOT_URLCONF = "annotator.urls"
WSGI_APPLICATION = "annotator.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "annotator" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labelling.people.context.navigation",
            ]
        },
    }
]

# --- The database is the truth -------------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database(DATABASE_URL or embedded.postgres_url(VAR))
    | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
}
POOL_SIZE = env.integer("STEPMARK_DB_POOL", 0, least=0, most=100)
if POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": min(2, POOL_SIZE), "max_size": POOL_SIZE}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: Celery's broker and the cache; may be emptied at any moment --------------------------------------------
REDIS_URL = env.text("REDIS_URL")
BROKER_URL, CACHE_URL = (REDIS_URL, REDIS_URL) if REDIS_URL else embedded.redis_urls(VAR)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "stepmark",
        "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},
    }
}
SESSION_ENGINE = "labelling.people.sessions"

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "labelling.prm.tasks.*": {"queue": "prm"},
    "labelling.pipeline.tasks.next_round": {"queue": "prm"},  # it trains and scores
    "labelling.corpus.tasks.ask_generator": {"queue": "generator"},  # waits for others: must not hold up the rest
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
SWEEP_SECONDS = env.integer("STEPMARK_SWEEP_SECONDS", 15, least=1, most=3600)
CELERY_BEAT_SCHEDULE = {
    "jobs-sweep": {"task": "labelling.jobs.tasks.sweep", "schedule": SWEEP_SECONDS},
    "sessions-clear": {"task": "labelling.people.tasks.clear_sessions", "schedule": 86_400},
    "leases-sweep": {"task": "labelling.rating.tasks.sweep_leases", "schedule": 60},
    "requests-sweep": {"task": "labelling.corpus.tasks.sweep_requests", "schedule": SWEEP_SECONDS},
    "outbox-sweep": {"task": "labelling.review.tasks.drain", "schedule": SWEEP_SECONDS},
}

# --- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "labelling.people.backends.PersonBackend",
    "labelling.people.backends.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "labelling.people.adapter.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# Wrong passwords: per address, and per name high enough that a stranger cannot lock a person out with a few tries.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,50/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("STEPMARK_TRUSTED_PROXIES", 0, least=0, most=10)

# --- Web -----------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "labelling.people.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static_root"
STATICFILES_DIRS = [BASE_DIR / "annotator" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "annotator.storage.ModuleManifestStorage"
    },
    "snapshots": env.snapshot_storage("STEPMARK_SNAPSHOTS", "STEPMARK_SNAPSHOTS_ENDPOINT", VAR / "snapshots"),
}
MEDIA_ROOT = VAR / "media"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each in its own words, for whoever looks for theirs
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [BASE_DIR / "annotator" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["labelling.people.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["labelling.people.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "labelling.people.errors.api_error_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stepmark",
    "DESCRIPTION": "Step-level labels for mathematical reasoning.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- The loop's own settings ---------------------------------------------------------------------------------------
MAX_LINE_BYTES = env.integer("STEPMARK_MAX_LINE_BYTES", 16_000_000, least=1_000, most=1_000_000_000)
REFERENCE_HOLD_SHARE = env.share("STEPMARK_REFERENCE_HOLD_SHARE", 0.8)
PRM_BATCH_TOKENS = env.integer("STEPMARK_PRM_BATCH_TOKENS", 16_384, least=1, most=10_000_000)
TRUST_REMOTE_CODE = env.flag("STEPMARK_TRUST_REMOTE_CODE", default=False)
VLLM_KEY = env.word("STEPMARK_VLLM_KEY", longest=1_000)
VLLM_SECONDS = env.integer("STEPMARK_VLLM_SECONDS", 120, least=1, most=3600)
VLLM_REQUESTS = env.integer("STEPMARK_VLLM_REQUESTS", 8, least=1, most=256)
GENERATOR_URL = env.api_address("STEPMARK_GENERATOR_URL")
GENERATOR_MODEL = env.word("STEPMARK_GENERATOR_MODEL", needed=bool(GENERATOR_URL), longest=128)
GENERATOR_KEY = env.word("STEPMARK_GENERATOR_KEY", longest=1_000)
GENERATOR_SECONDS = env.integer("STEPMARK_GENERATOR_SECONDS", 60, least=1, most=600)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("STEPMARK_LOG_LEVEL", "INFO")},
}
