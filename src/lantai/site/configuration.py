"""Every setting an operator can make, as data: name, default, meaning. docs/operator-guide.md is tested against it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its default and what it does, in one sentence."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "LANTAI_HOME",
        "./var",
        "Folder of everything Lantai writes: database, storage root, index, keys, receiving area.",
    ),
    Setting(
        "LANTAI_DATABASE",
        "",
        "PostgreSQL as postgresql://user:password@host:port/name; empty means SQLite in LANTAI_HOME.",
    ),
    Setting("LANTAI_STORAGE", "", "Folder of the OCFL storage root; empty means LANTAI_HOME/storage."),
    Setting("LANTAI_KEYS", "", "Folder of the key store of sealed content; empty means LANTAI_HOME/keys/vault."),
    Setting(
        "LANTAI_KEYS_PASSPHRASE",
        "",
        "File whose first line is the passphrase of the key store, or the PIN of the hardware token.",
    ),
    Setting(
        "LANTAI_KEYS_TOKEN",
        "",
        "Hardware key store, as PKCS#11 library#token; empty means a file in LANTAI_KEYS under the passphrase.",
    ),
    Setting("LANTAI_BACKUPS", "", "Folder of the backups, best on another disk; empty means LANTAI_HOME/backups."),
    Setting(
        "LANTAI_KEY_BACKUPS",
        "",
        "Folder of the key backups, apart from the other backups; empty means LANTAI_HOME/key-backups.",
    ),
    Setting("LANTAI_ADDRESS", "127.0.0.1:8000", "Address and port the server listens on."),
    Setting("LANTAI_HOSTS", "localhost,127.0.0.1,[::1]", "Host names the server answers to, comma-separated."),
    Setting(
        "LANTAI_HTTPS", "no", "yes when a proxy in front speaks HTTPS: cookies become secure and redirects are made."
    ),
    Setting(
        "LANTAI_PROXY",
        "no",
        "yes when exactly one proxy stands in front: its last X-Forwarded-For entry is the client.",
    ),
    Setting("LANTAI_WEB_PROCESSES", "2", "Number of web server processes."),
    Setting("LANTAI_EXAMINERS", "2", "Number of limited child processes that read strangers' files."),
    Setting("LANTAI_EXAMINER_SECONDS", "60", "Seconds one package may take to be read before its child is ended."),
    Setting("LANTAI_EXAMINER_MEMORY", "2560", "Memory of one such child in MiB."),
    Setting(
        "LANTAI_READERS",
        "0",
        "Number of processes that recognise scanned pages, 500 MiB each; 0 means one for each processor core.",
    ),
    Setting(
        "LANTAI_CLAMAV",
        "",
        "Socket of clamd, as unix:/path or host:port; empty means virus checks answer 'not checked'.",
    ),
    Setting(
        "LANTAI_CLASSIFIED",
        "no",
        "yes only on a network approved for state secrets; otherwise 秘密 and above is refused.",
    ),
    Setting(
        "LANTAI_VERIFY_MINUTES",
        "60",
        "Minutes a day in which everything kept is verified in the background, a round a day at most; 0 means never.",
    ),
    Setting(
        "LANTAI_COPY_RATE",
        "40",
        "Megabytes a second that copying and reading back copies may take at each location; 0 means no limit.",
    ),
    Setting(
        "LANTAI_KEEP_IMPORTS",
        "90",
        "Days the uploaded files of a catalogue import are kept after it was last worked on; their records stay.",
    ),
    Setting("LANTAI_MAIL_HOST", "", "Mail server (SMTP) for reminders; empty means mails stay in the outbox."),
    Setting("LANTAI_MAIL_PORT", "25", "Port of the mail server."),
    Setting("LANTAI_MAIL_USER", "", "Account at the mail server; empty means none is asked."),
    Setting("LANTAI_MAIL_PASSWORD", "", "Password of that account."),
    Setting("LANTAI_MAIL_SECURITY", "", "starttls or tls, as the mail server speaks; empty means neither."),
    Setting("LANTAI_MAIL_FROM", "lantai@localhost", "Sender of the mails."),
    Setting(
        "LANTAI_TIMESTAMP",
        "",
        "Address of a time-stamp authority (RFC 3161) for checkpoints, https or on this machine; empty asks none.",
    ),
    Setting(
        "LANTAI_TIMESTAMP_ROOTS", "", "File of the authority's root certificates (PEM); its tokens must lead there."
    ),
    Setting("LANTAI_TIMESTAMP_HOURS", "24", "Hours between two timestamps, while entries come."),
    Setting(
        "LANTAI_EVM",
        "",
        "Address of an EVM chain's JSON-RPC for anchoring checkpoints, https or on this machine; empty asks none.",
    ),
    Setting("LANTAI_EVM_HOURS", "24", "Hours between two anchors, while entries come."),
    Setting("LANTAI_EVM_BLOCKS", "12", "Blocks that must stand on top of an anchor before it counts."),
    Setting("LANTAI_ARCHIVE_NAME", "云岭县档案馆", "Name of the archive, in headers, receipts and proofs."),
    Setting(
        "LANTAI_ORIGIN",
        "lantai.example/yunling",
        "Name of this archive's ledger in its checkpoints; never change it once used.",
    ),
    Setting("LANTAI_DEBUG", "no", "yes shows error details in the browser; never on a network."),
)

_DEFAULTS = {each.name: each.default for each in SETTINGS}


def read(name: str) -> str:
    """The value of *name* from the environment, or its default. Raises KeyError for a name not listed above."""
    return os.environ.get(name) or _DEFAULTS[name]


def read_flag(name: str) -> bool:
    """Whether *name* says yes."""
    return read(name).strip().lower() in ("yes", "true", "1", "on")


def home() -> Path:
    """LANTAI_HOME as an absolute path."""
    return Path(read("LANTAI_HOME")).expanduser().resolve()


def archive_name() -> str:
    """The name of the archive: as set, else as given at the first start (LANTAI_HOME/archive-name), else the
    default."""
    kept = home() / "archive-name"
    if "LANTAI_ARCHIVE_NAME" in os.environ or not kept.exists():
        return read("LANTAI_ARCHIVE_NAME")
    return kept.read_text(encoding="utf-8").strip() or read("LANTAI_ARCHIVE_NAME")


def storage_root() -> Path:
    """The OCFL storage root as an absolute path."""
    chosen = read("LANTAI_STORAGE")
    return Path(chosen).expanduser().resolve() if chosen else home() / "storage"


def key_folder() -> Path:
    """The folder of the key store as an absolute path, apart from the objects its keys open."""
    chosen = read("LANTAI_KEYS")
    return Path(chosen).expanduser().resolve() if chosen else home() / "keys" / "vault"


def backup_folder() -> Path:
    """The folder of the backups as an absolute path."""
    chosen = read("LANTAI_BACKUPS")
    return Path(chosen).expanduser().resolve() if chosen else home() / "backups"


def key_backup_folder() -> Path:
    """The folder of the key backups as an absolute path."""
    chosen = read("LANTAI_KEY_BACKUPS")
    return Path(chosen).expanduser().resolve() if chosen else home() / "key-backups"


def database() -> dict[str, object]:
    """Django's settings of the one database. Raises ValueError when LANTAI_DATABASE is not a postgresql:// address."""
    return database_at(address=read("LANTAI_DATABASE"), home=home())


def database_at(*, address: str, home: Path) -> dict[str, object]:
    """Django's settings of the database at *address*, SQLite in *home* where that is empty (law of the batch: WAL,
    IMMEDIATE, FULL). Raises ValueError for another address than postgresql://.
    """
    if not address:
        return {
            "ENGINE": "lantai.common.sqlite",
            "NAME": str(home / "lantai.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA secure_delete=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
                    "PRAGMA temp_store=MEMORY;"
                ),
            },
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": str(home / "test.sqlite3")},
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"the address of a database must start with postgresql://, not {parts.scheme}://")
    options: dict[str, object] = {}
    host = parts.hostname or ""
    if parts.query.startswith("host="):
        host = unquote(parts.query.removeprefix("host="))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "lantai",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
