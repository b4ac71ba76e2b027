"""Django's settings. What an operator may change stands in configuration.py; everything else is decided here."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext_lazy as _

from lantai.site import configuration

HOME = configuration.home()
HOME.mkdir(parents=True, exist_ok=True)
LANTAI_HOME = HOME
LANTAI_STORAGE_ROOT = configuration.storage_root()
LANTAI_KEYS = configuration.key_folder()
LANTAI_KEYS_TOKEN = configuration.read("LANTAI_KEYS_TOKEN")
LANTAI_KEYS_PASSPHRASE = configuration.read("LANTAI_KEYS_PASSPHRASE")
LANTAI_BACKUPS = configuration.backup_folder()
LANTAI_KEY_BACKUPS = configuration.key_backup_folder()
LANTAI_ORIGIN = configuration.read("LANTAI_ORIGIN")
LANTAI_ARCHIVE_NAME = configuration.archive_name()
LANTAI_EXAMINERS = int(configuration.read("LANTAI_EXAMINERS"))
LANTAI_KEEP_IMPORTS = int(configuration.read("LANTAI_KEEP_IMPORTS"))
LANTAI_READERS = int(configuration.read("LANTAI_READERS"))
LANTAI_EXAMINER_SECONDS = int(configuration.read("LANTAI_EXAMINER_SECONDS"))
LANTAI_EXAMINER_MEMORY = int(configuration.read("LANTAI_EXAMINER_MEMORY")) * 1024 * 1024
LANTAI_CLAMAV = configuration.read("LANTAI_CLAMAV")
LANTAI_CLASSIFIED = configuration.read_flag("LANTAI_CLASSIFIED")
LANTAI_VERIFY_MINUTES = int(configuration.read("LANTAI_VERIFY_MINUTES"))
LANTAI_COPY_RATE = int(configuration.read("LANTAI_COPY_RATE"))
LANTAI_TIMESTAMP = configuration.read("LANTAI_TIMESTAMP")
LANTAI_TIMESTAMP_ROOTS = configuration.read("LANTAI_TIMESTAMP_ROOTS")
LANTAI_TIMESTAMP_HOURS = int(configuration.read("LANTAI_TIMESTAMP_HOURS"))
LANTAI_EVM = configuration.read("LANTAI_EVM")
LANTAI_EVM_HOURS = int(configuration.read("LANTAI_EVM_HOURS"))
LANTAI_EVM_BLOCKS = int(configuration.read("LANTAI_EVM_BLOCKS"))
LANTAI_PROXY = configuration.read_flag("LANTAI_PROXY")
EMAIL_HOST = configuration.read("LANTAI_MAIL_HOST")
EMAIL_PORT = int(configuration.read("LANTAI_MAIL_PORT"))
EMAIL_HOST_USER = configuration.read("LANTAI_MAIL_USER")
EMAIL_HOST_PASSWORD = configuration.read("LANTAI_MAIL_PASSWORD")
EMAIL_USE_TLS = configuration.read("LANTAI_MAIL_SECURITY") == "starttls"
EMAIL_USE_SSL = configuration.read("LANTAI_MAIL_SECURITY") == "tls"
DEFAULT_FROM_EMAIL = configuration.read("LANTAI_MAIL_FROM")


def _secret_key() -> str:
    """The key in LANTAI_HOME/keys/django, made on the first start and readable by its owner only."""
    path = HOME / "keys" / "django"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        made = path.with_name(f"django.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            made.unlink()
    return path.read_text(encoding="ascii")


SECRET_KEY = _secret_key()
DEBUG = configuration.read_flag("LANTAI_DEBUG")
ALLOWED_HOSTS = [each.strip() for each in configuration.read("LANTAI_HOSTS").split(",") if each.strip()]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "axes",
    "lantai.common",
    "lantai.ledger",
    "lantai.administration",
    "lantai.work",
    "lantai.storage",
    "lantai.catalog",
    "lantai.finding",
    "lantai.ingest",
    "lantai.preservation",
    "lantai.digitisation",
    "lantai.exchange",
    "lantai.site",
]
MIDDLEWARE = [
    "lantai.common.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lantai.common.middleware.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "lantai.common.middleware.Maintenance",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lantai.administration.middleware.SigningRules",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "lantai.common.middleware.WholeAddresses",
]
ROOT_URLCONF = "lantai.site.urls"
WSGI_APPLICATION = "lantai.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lantai.common.navigation.frame",
            ],
        },
    }
]

DATABASES = {"default": configuration.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "ENQUEUE_ON_COMMIT": False}}

AUTH_USER_MODEL = "administration.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LANTAI_FRAME = "lantai.site.navigation.frame"
LANTAI_LISTS = (
    "lantai.work.duties.DUTIES",
    "lantai.ingest.lists.SUBMISSIONS",
    "lantai.ingest.lists.BATCHES",
    "lantai.ingest.lists.CASES",
    "lantai.ingest.lists.CORRECTIONS",
    "lantai.catalog.arranging.lists.CHILDREN",
    "lantai.finding.lists.RECORDS",
)
LANTAI_BULK_ACTS = (
    "lantai.ingest.bulk.TAKE_IN",
    "lantai.ingest.bulk.RETURN",
    "lantai.ingest.reminding_many.REMIND",
    "lantai.work.duties.PUT_OFF",
    "lantai.work.duties.TAKE_UP",
)
LANTAI_RULE_EFFECTS = "lantai.ingest.rule_effects.compare_rules"
LANTAI_MATERIAL_EFFECTS = "lantai.ingest.written_effects.compare_materials"
LANTAI_RETENTION_EFFECTS = "lantai.ingest.written_effects.compare_retention"
LANTAI_ONWARD_ACTS = (
    "lantai.catalog.arranging.onward.MOVE",
    "lantai.catalog.arranging.onward.VOLUME",
    "lantai.catalog.arranging.onward.NUMBER",
    "lantai.catalog.arranging.onward.PRINT",
    "lantai.ingest.import_export.EXPORT",
    "lantai.preservation.onward.COPIES",
    "lantai.exchange.acts.PACKAGES",
)
CSRF_FAILURE_VIEW = "lantai.administration.views.carrying.stale_form"

# How many failures, and for how long, is decided by the security policy in the database.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = "lantai.administration.queries.people.failure_limit"
AXES_COOLOFF_TIME = "lantai.administration.queries.people.lock_duration"
AXES_CLIENT_IP_CALLABLE = "lantai.administration.services.people_access.address_of"
AXES_LOCKOUT_CALLABLE = "lantai.administration.views.signin.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the ledger is the log

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+[.-][0-9a-zA-Z]{8,12}\..+$"

SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = configuration.read_flag("LANTAI_HTTPS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if configuration.read_flag("LANTAI_HTTPS") else None
SECURE_SSL_REDIRECT = configuration.read_flag("LANTAI_HTTPS")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SILENCED_SYSTEM_CHECKS: list[str] = []
