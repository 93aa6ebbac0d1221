"""Django's settings, all drawn from `xiuhua.config`. Nothing secret stands here."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from xiuhua import sqlite
from xiuhua.config import config
from xiuhua.tokens import own_key

sqlite.install()  # before anything imports Django's SQLite backend

_config = config()
_home = _config.home.resolve()
_home.mkdir(parents=True, exist_ok=True, mode=0o700)  # what lies within is nobody else's
CITY = Path(__file__).parent
WEB_DIST = CITY.parents[2] / "web" / "dist"

SECRET_KEY = own_key(_home, "django").hex()
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in _config.allowed_hosts.split(",") if host.strip()]
ROOT_URLCONF = "xiuhua.city.urls"
ASGI_APPLICATION = "xiuhua.city.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS = [
    "almanac", "places", "staff", "people", "devices", "archive", "rules", "alerts", "cases",
    "dispatch", "evaluation", "public", "exchange", "road", "command",
]  # fmt: skip
"""Each may import those before it; `road` writes what the worker says into alerts and cases."""

INSTALLED_APPS = [
    "xiuhua.city.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ninja",
    *(f"xiuhua.city.{room}" for room in ROOMS),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "xiuhua.city.middleware.SecureHeaders",
    "xiuhua.city.middleware.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "xiuhua.city.middleware.RollingSession",
    "xiuhua.city.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "xiuhua.city.middleware.NoNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [CITY / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def sqlite_database(path: Path) -> dict[str, object]:
    """SQLite as the house uses it: nothing acknowledged is lost, writers wait for each other."""
    return {
        "ENGINE": "xiuhua.city.sqlite_in_turn",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        "TEST": {"NAME": _home / "test-city.db"},  # a file: writers of tests must really compete
    }


def postgres_database(url: str) -> dict[str, object]:
    """PostgreSQL at a URL, through a pool of connections; the query string becomes options."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 10}, **dict(parse_qsl(parts.query))},
    }


DATABASES = {
    "default": postgres_database(_config.database)
    if _config.database
    else sqlite_database(_home / "city.db")
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [CITY / "locale"]

ROAD_LOG = _config.log or str(_home / "log.db")
ROAD_KEEP = {"keep_ms": _config.log_days * 86_400_000, "keep_bytes": _config.log_mb << 20}
ROAD_DISK = {"disk_warn": _config.disk_warn_mb << 20, "disk_stop": _config.disk_stop_mb << 20}

USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [WEB_DIST] if WEB_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True  # no collectstatic step: files are served from where they lie
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"
HOME = _home
DEMO = _config.demo
LOG = _config.log or str(_home / "log.db")
HISTORY_ROOT = _config.history_root.resolve()
HISTORY_DAYS, HISTORY_DAYS_PERSONAL = _config.history_days, _config.history_days_personal
MEDIA_ROOT = _home / "media"  # never served as files: only through views that ask who looks

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "xiuhua.city.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key"}
MFA_ADAPTER = "xiuhua.city.accounts.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "绣花 Xiuhua"

SESSION_COOKIE_AGE = _config.idle_minutes * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _config.https
SECURE_HSTS_SECONDS = 31_536_000 if _config.https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TILE_URL = _config.tile_url
PUBLIC_URL = _config.url.rstrip("/")
RESCUE_NUMBER = _config.rescue_number
NOTIFIES = bool(_config.notify.strip())
"""Whether XIUHUA_NOTIFY names a way out; the addresses themselves are the clock's alone."""
CASE_STAGES = _config.case_stages
CASE_FALLBACK = _config.case_fallback
INDICATORS = _config.indicators
ORDERS_A_PERSON = _config.orders_a_person
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 20

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "xiuhua.city.logs.formatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},  # it tells each address that it sends to
        "django.request": {"level": "ERROR"},  # what was refused is the reader's matter
    },
}
