"""Files that the command line keeps between runs: the current chats, and the profiles."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ..catalog import system_reason
from ..config import config_folder, profile_path
from ..filesystem.locks import LockHeldError, exclusive
from ..filesystem.private_files import make_private_folder, write_private
from . import output
from .errors import CommandError, ExitCode
from .language import _


class CurrentChat:
    """The chat that questions go to, for each server and profile, in ``chats.json`` of the configuration folder.

    `id` and `title` are empty where there is none.
    """

    def __init__(self, server_url: str, profile: str) -> None:
        self._key = f"{profile} {server_url}"
        entry = _entries(warn=True).get(self._key)
        known = cast("Mapping[str, Any]", entry if isinstance(entry, dict) else {})
        self.id: str = str(known.get("id") or "")
        self.title: str = str(known.get("title") or "") if self.id else ""

    def set(self, chat_id: str, title: str) -> None:
        """Makes the chat the current one."""
        self._change(lambda entries: {**entries, self._key: {"id": chat_id, "title": title}})

    def is_chat(self, chat_id: str) -> bool:
        """Whether `chat_id`, in any spelling of a UUID, is the current chat."""
        from ..models.ids import id_key

        return bool(self.id) and id_key(self.id) == id_key(chat_id)

    def forget(self, chat_id: str) -> bool:
        """Clears the current chat if it is `chat_id`, and returns whether it was."""
        if not self.is_chat(chat_id):
            return False
        self._change(lambda entries: {key: entry for key, entry in entries.items() if key != self._key})
        return True

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        rewrite(_chats_path(), lambda: json.dumps(change(_entries()), ensure_ascii=False, indent=2).encode())


def _chats_path() -> Path:
    return config_folder() / "chats.json"


def _entries(*, warn: bool = False) -> dict[str, Any]:
    path = _chats_path()
    try:
        entries = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        if warn:
            output.warning(_("{path} cannot be read and will be written anew").format(path=path))
        return {}
    return cast("dict[str, Any]", entries) if isinstance(entries, dict) else {}


def save_profile(name: str, **values: Any) -> None:
    """Sets `values` in the table `name` of the profile file; everything else in the file stays, comments too."""
    import tomlkit

    def change(document: Any) -> None:
        table = document.setdefault(name, tomlkit.table())
        for key, value in values.items():
            table[key] = value

    _change_profiles(change)


def unset_in_profile(name: str, setting: str) -> bool:
    """Removes `setting` from the table `name` of the profile file, and returns whether it was there."""
    if not profile_path().exists():
        return False
    had = False

    def change(document: Any) -> None:
        nonlocal had
        had = setting in document.get(name, {})
        if had:
            del document[name][setting]

    _change_profiles(change)
    return had


def _change_profiles(change: Callable[[Any], None]) -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = profile_path()

    def content() -> bytes:
        document = tomlkit.parse(path.read_text(encoding="utf-8-sig")) if path.exists() else tomlkit.document()
        change(document)
        return tomlkit.dumps(document).encode()

    try:
        rewrite(path, content)
    except (TOMLKitError, UnicodeDecodeError, TypeError) as error:
        raise CommandError("state_file_malformed", ExitCode.CONFIGURATION, path=path) from error


def rewrite(path: Path, content: Callable[[], bytes]) -> None:
    """Replaces the content of the file `path`, or of the file that it links to, atomically, under a lock. Its mode stays.

    Raises `CommandError` when the file cannot be written, or `content` cannot be encoded.
    """
    try:
        make_private_folder(path.parent)
        with contextlib.suppress(FileNotFoundError):
            path.stat()  # raises `OSError` for links in a circle; `resolve` raises another error or none
        target = path.resolve()
        with exclusive(path.with_name(f"{path.name}.lock"), timeout=5):
            mode = stat.S_IMODE(target.stat().st_mode) & ~0o022 if target.exists() else None
            write_private(target, content)
            if mode is not None and os.name == "posix":
                target.chmod(mode)
    except LockHeldError:
        raise CommandError("state_file_locked", ExitCode.CONFIGURATION, path=path) from None
    except UnicodeEncodeError as error:  # bytes of an argument that are no UTF-8
        raise CommandError("state_file_not_text", ExitCode.CONFIGURATION, path=path) from error
    except OSError as error:
        hint = _("Make the folder writable, or name another one in AIZOOMDOC_CONFIG_DIR")
        raise CommandError(
            "state_file_not_written", ExitCode.CONFIGURATION, hint=hint, path=path, reason=system_reason(error)
        ) from error
