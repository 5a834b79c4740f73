"""The Russian templates of why the operating system refused, and why a database cannot be used."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # Why the operating system refused; the codes are its own names
    "errno_EACCES": "нет прав",
    "errno_EADDRINUSE": "адрес уже занят",
    "errno_EADDRNOTAVAIL": "такого адреса у этого компьютера нет",
    "errno_EBUSY": "файл занят",
    "errno_ECONNREFUSED": "соединение отклонено",
    "errno_ECONNRESET": "соединение сброшено",
    "errno_EEXIST": "файл уже есть",
    "errno_EHOSTUNREACH": "нет пути к серверу",
    "errno_EIO": "ошибка чтения или записи",
    "errno_EISDIR": "это папка",
    "errno_ELOOP": "это символическая ссылка",
    "errno_EMFILE": "открыто слишком много файлов",
    "errno_ENAMETOOLONG": "слишком длинное имя файла",
    "errno_ENETUNREACH": "сеть недоступна",
    "errno_ENOENT": "нет такого файла или папки",
    "errno_ENOSPC": "на диске нет места",
    "errno_ENOTDIR": "это не папка",
    "errno_EPERM": "нет прав",
    "errno_EPIPE": "соединение закрыто другой стороной",
    "errno_EROFS": "файловая система только для чтения",
    "errno_ETIMEDOUT": "время ожидания истекло",
    # Why a database cannot be used
    "file_locked": "файл занят другой программой",
    "file_damaged": "файл повреждён",
    "file_no_database": "это не база данных SQLite",
    "file_not_opened": "не открывается сам файл или файл рядом с ним",
    "file_read_only": "файл можно читать, но не изменять",
    "file_moved": "пока файл был открыт, его переместили или удалили",
}
