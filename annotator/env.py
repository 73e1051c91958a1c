"""Reading settings from the environment: each helper refuses nonsense and says how to mend it."""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(Exception):
    """A setting in the environment cannot be used; the message names it and the mend."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name}={value!r} is not yes or no; use 1 or 0.")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.removeprefix("-").isdigit() or not least <= int(value) <= most:
        raise SettingError(f"{name}={value!r} is not a whole number from {least} to {most}.")
    return int(value)


def share(name: str, default: float) -> float:
    """A number from 0 to 1."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise SettingError(f"{name}={value!r} is not a share from 0 to 1, such as 0.8.")
    return number


def word(name: str, *, needed: bool = False, longest: int) -> str:
    """A name or a key: plain ASCII without spaces, as a request's header takes it. Its value is never told."""
    value = os.environ.get(name, "").strip()
    if not value and needed:
        raise SettingError(f"{name} is missing: the settings beside it need it.")
    if len(value) > longest or not all("!" <= char <= "~" for char in value):
        raise SettingError(f"{name} must be at most {longest} plain characters, without spaces.")
    return value


def api_address(name: str) -> str:
    """The address of an HTTP API, without a slash at its end; empty where there is none."""
    value = os.environ.get(name, "").strip().rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_fine = False
    if not is_fine or not all("!" <= char <= "~" for char in value):
        raise SettingError(f"{name} is not an address such as http://127.0.0.1:8001/v1.")
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingError(f"{name} must hold no user, question mark or hash: a key has a setting of its own.")
    return value


def snapshot_storage(name: str, endpoint: str, default: Path) -> dict[str, object]:
    """A ``STORAGES`` entry out of a folder's path, or ``s3://bucket/prefix`` (of the server ``endpoint`` names)."""
    value = os.environ.get(name, "").strip()
    if "://" not in value:
        folder = Path(value).expanduser().resolve() if value else default
        return {"BACKEND": "exports.snapshots.storage.FolderStorage", "OPTIONS": {"location": folder}}
    parts = urlsplit(value)
    if parts.scheme != "s3" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise SettingError(f"{name} is neither a folder nor of the form s3://bucket/prefix.")
    options = {
        "bucket_name": parts.hostname,
        "location": parts.path.strip("/"),
        "endpoint_url": api_address(endpoint) or None,
        "file_overwrite": True,
        "default_acl": None,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = os.environ.get(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] or default


def var_folder(base: Path) -> Path:
    """The folder of everything that the running product writes, ``STEPMARK_VAR``."""
    return Path(text("STEPMARK_VAR", str(base / "var"))).expanduser().resolve()


def secret_key(var: Path) -> str:
    """``STEPMARK_SECRET_KEY``, else the key kept in ``var/secret-key``, made on first start."""
    if given := text("STEPMARK_SECRET_KEY"):
        return given
    path = var / "secret-key"
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    side = var / f".secret-key.{os.getpid()}"
    if not path.exists():
        side.touch(mode=0o600)
        side.write_text(secrets.token_urlsafe(48))
        try:
            os.link(side, path)  # fails if another process was first: then its key is the key
        except FileExistsError:
            pass
        finally:
            side.unlink()
    return path.read_text().strip()


# The hot path's statements are prepared and touch few rows: planning them anew each time, or compiling them, costs more
# than running them. Django's own queries are not prepared, and planned as ever.
SERVER_SETTINGS = "-c plan_cache_mode=force_generic_plan -c jit=off"


def database(url: str) -> dict[str, object]:
    """A Django ``DATABASES`` entry out of ``postgresql://user:password@host:port/name?option=value``.

    ``options`` there stands instead of SERVER_SETTINGS.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise SettingError("DATABASE_URL is not of the form postgresql://user:password@host:5432/name.")
    options = dict(parse_qsl(parts.query))
    options.setdefault("options", SERVER_SETTINGS)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
