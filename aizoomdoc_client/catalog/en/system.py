"""The English templates of why the operating system refused, and why a database cannot be used."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # Why the operating system refused; the codes are its own names
    "errno_EACCES": "Permission denied",
    "errno_EADDRINUSE": "Address already in use",
    "errno_EADDRNOTAVAIL": "Cannot assign requested address",
    "errno_EBUSY": "Device or resource busy",
    "errno_ECONNREFUSED": "Connection refused",
    "errno_ECONNRESET": "Connection reset by peer",
    "errno_EEXIST": "File exists",
    "errno_EHOSTUNREACH": "No route to host",
    "errno_EIO": "Input/output error",
    "errno_EISDIR": "Is a directory",
    "errno_ELOOP": "Too many levels of symbolic links",
    "errno_EMFILE": "Too many open files",
    "errno_ENAMETOOLONG": "File name too long",
    "errno_ENETUNREACH": "Network is unreachable",
    "errno_ENOENT": "No such file or directory",
    "errno_ENOSPC": "No space left on device",
    "errno_ENOTDIR": "Not a directory",
    "errno_EPERM": "Operation not permitted",
    "errno_EPIPE": "Broken pipe",
    "errno_EROFS": "Read-only file system",
    "errno_ETIMEDOUT": "Connection timed out",
    # Why a database cannot be used
    "file_locked": "another program has it locked",
    "file_damaged": "it is damaged",
    "file_no_database": "it is not an SQLite database",
    "file_not_opened": "it, or a file that SQLite makes beside it, cannot be opened",
    "file_read_only": "it can be read, but not written",
    "file_moved": "it was moved or deleted while it was in use",
}
