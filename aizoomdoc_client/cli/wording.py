"""What servers, the rest of the package and click say in English, as the terminal says it in either language.

Messages of other rooms are meant for programmers; these are the ones that a person at a terminal meets. What is not among them is
shown as it is, behind a heading in the right language.
"""

from __future__ import annotations

import re

from .language import Text, in_russian

# A pattern of a whole message; what to say in Russian; what to say in English, where that differs.
_CLICK = (
    (r"No such command '(.+?)'\.(?: .*)?", "нет такой команды: {0}", "there is no command {0}"),
    (r"No such option:? '?(-[^' ]+?)'?\.?(?: .*)?", "нет такого параметра: {0}", "there is no option {0}"),
    (r"Missing argument '(.+?)'\..*", "не хватает аргумента {0}", "the argument {0} is missing"),
    (r"Missing option '(.+?)'\..*", "не хватает параметра {0}", "the option {0} is missing"),
    (r"Missing command\.", "не хватает команды", "the command is missing"),
    (r"Option '(.+?)' requires an argument\.", "параметру {0} нужно значение", "the option {0} needs a value"),
    (r"Got unexpected extra arguments? \((.*)\)", "лишние аргументы: {0}", "unexpected arguments: {0}"),
    (r"Invalid value for '(.+?)': (?:File|Path|Directory) '(.*)' does not exist\.", "файла «{1}» нет", "there is no file “{1}”"),
    (r"Invalid value for '(.+?)': File '(.*)' is a directory\.", "«{1}» — папка, а не файл", "“{1}” is a folder, not a file"),
    (r"Invalid value for '(.+?)': (?:File|Path) '(.*)' is not readable\.", "«{1}» не читается", "“{1}” cannot be read"),
    (
        r"Invalid value for '(.+?)': '?(.*?)'? is not one of (.+)\.",
        "{0}: «{1}» не подходит, можно: {2}",
        "{0}: “{1}” is none of {2}",
    ),
    (r"Invalid value for '(.+?)': '?(.*?)'? is not in the range (.+)\.", "{0}: {1} вне границ {2}", "{0}: {1} is not within {2}"),
    (r"Invalid value for '(.+?)': '?(.*?)'? is not a valid .+\.", "{0}: «{1}» — не число", "{0}: “{1}” is no number"),
)
_CONFIGURATION = (
    (
        r"No server: .*",
        "сервер не указан: задайте --server или AIZOOMDOC_SERVER либо войдите: aizoomdoc login",
        "no server: give --server, set AIZOOMDOC_SERVER, or log in: aizoomdoc login",
    ),
    (r"There is no profile '(.*)' in (.+): run .*", "профиля «{0}» нет в {1}; создайте его: aizoomdoc --profile {0} login", ""),
    (r"The profile file (.+) cannot be read: (.*)", "файл профилей {0} не читается: {1}", ""),
    (r"(.+) in (.+) must be a table: .*", "«{0}» в {1} должно быть таблицей: [{0}]", ""),
    (r"(.+) must be a positive number of seconds, not (.+)", "{0}: нужно положительное число секунд, а не {1}", ""),
    (r"(.+) must be one of (.+), not (.+)", "{0}: нужно одно из {1}, а не {2}", ""),
    (r"(.+) must be 1 or 0, not (.+)", "{0}: нужно 1 или 0, а не {1}", ""),
    (r"The static[ _]token is empty or has control.*", "токен пуст или содержит служебные символы (перенос строки?)", ""),
    (r"The server URL (.+) must look like (.+)", "адрес сервера {0} должен иметь вид {1}", ""),
    (r"The server URL (.+) must not carry (.+)", "в адресе сервера {0} не должно быть имени, параметров и якоря", ""),
    (
        r"(.+) would send tokens in the clear: .*",
        "{0} передаст токен без шифрования: возьмите https или разрешите: login --allow-insecure, AIZOOMDOC_ALLOW_INSECURE=1",
        "{0} would send tokens in the clear: use https, or allow it: login --allow-insecure, AIZOOMDOC_ALLOW_INSECURE=1",
    ),
    (r"'?(.+?)'? cannot be an id", "«{0}» — не идентификатор", ""),
    (r"(\w+) must be an id, .*", "{0}: нужен идентификатор", "{0} must be an id"),
    (r"'?(.+?)'? cannot be read: (.*)", "файл «{0}» не читается: {1}", ""),
    (r"'?(.+?)'? is (?:a folder|not a file)", "«{0}» — не файл", ""),
    (r"There is no folder '(.*)' to save into", "нет папки «{0}», куда сохранить", ""),
    (r"Cannot write into '(.*)': (.*)", "в папку «{0}» не записать: {1}", ""),
    (r"(.+) became shorter while it was sent: .*", "файл «{0}» стал короче, пока отправлялся", ""),
    (r"(.+) had nothing to read: .*", "файл «{0}» пуст или уже прочитан до конца", ""),
    (
        r"(.+) is too large: at most (.+) bytes are taken, and it has (?:(.+) bytes|more) .*",
        "файл «{0}» слишком большой: сервер берёт не больше {1} байт",
        "{0} is too large: the server takes at most {1} bytes",
    ),
    (
        r"The connection broke off after (.+?)(?: of (.+))? bytes of (.+): .*",
        "связь прервалась, отправлено {0} байт файла «{2}»: сервер или прокси не берёт такие файлы, или случился сбой",
        "",
    ),
)
_LOCAL_SERVER = (
    (
        r"The local server needs (.+): run `(.+)`",
        "локальному серверу нужны {0}; выполните {1}",
        "the local server needs {0}; run {1}",
    ),
    (r"(\w+) of the local server must be (\S+) or more, not (.+)", "{0}: нужно не меньше {1}, а не {2}", ""),
    (r"A static token of the local server must not .*", "токен не должен быть пустым или содержать служебные символы", ""),
    (r"Two users of the local server cannot have .*", "два пользователя не могут иметь один токен", ""),
    (r"The projects folder (.+) is not there: .*", "папки проектов {0} нет: создайте её или назовите другую", ""),
    (r"The data folder (.+) of the local server cannot be written: (.*)", "в папку данных {0} не записать: {1}", ""),
    (
        r"Another local server runs on the data folder (.+): .*",
        "с папкой данных {0} уже работает другой сервер: назовите другую в --data",
        "",
    ),
    (r"The port (\d+) of (.+) is in use: .*", "порт {0} на {1} занят: назовите другой в --port (0 — любой)", ""),
    (r"The host (.+) is unknown: .*", "адрес {0} неизвестен: подойдёт 127.0.0.1 или адрес этого компьютера", ""),
    (r"The local server cannot listen on (.+): (.*)", "сервер не может слушать {0}: {1}", ""),
)
_CONNECTION = (
    (r"The message was not posted, for the chat's history could not be read first: (.*)", "вопрос не отправлен: {0}", ""),
    (r"Nobody is logged in: .*", "вход не выполнен", "nobody is logged in"),
    (r"The login has expired: .*", "срок входа истёк", "the login has expired"),
    (r"No connection to (.+?): (.*)", "нет связи с {0}: {1}", "no connection to {0}: {1}"),
    (r"The server's name (.+) cannot be resolved", "имя сервера {0} не найдено", ""),
    (r"Connecting to the server took too long", "сервер не отвечает на соединение", ""),
    (r"The server took too long to answer", "сервер слишком долго не отвечает", ""),
    (r"TLS with the server failed: (.*)", "защищённое соединение не установлено: {0}", ""),
    (r"The connection broke off: (.*)", "связь прервалась: {0}", ""),
    (r"The connection closed .* before the final text", "связь прервалась раньше конца ответа", ""),
    (r"The stream ended before the final text", "поток кончился раньше ответа", ""),
    (r"Nothing came in time", "ответа долго нет", ""),
    (r"The file is larger than .*", "файл больше, чем разрешено", ""),
    (r"The server tells no place to download (.+) from", "сервер не говорит, откуда скачать {0}", ""),
)
_SERVER = (
    (
        r"Invalid static token",
        "токен не принят сервером: неверный статический токен",
        "the server does not know this static token",
    ),
    (r"Token has expired", "срок токена истёк", ""),
    (r"(?:Not authenticated|Could not validate credentials|Invalid authentication credentials)", "сервер не принимает токен", ""),
    (r"User account is not active", "учётная запись не активна", ""),
    (r"Access denied", "доступ запрещён", ""),
    (r"Chat not found", "такого чата нет", "there is no such chat"),
    (r"User message not found", "сообщения в этом чате нет", ""),
    (r"File (\S+) not found.*", "файла {0} на сервере нет", ""),
    (r"(?:Document|Node) (\S+) not found", "документа {0} на сервере нет", ""),
    (r"Client (.+) not found", "клиента {0} на сервере нет", ""),
    (r"Node (\S+) is not a document", "узел {0} — не документ", ""),
    (r"File too large: at most (\d+) bytes are taken", "файл слишком большой: сервер берёт не больше {0} байт", ""),
    (r"Queue is full \((\d+) requests\).*", "очередь сервера полна ({0})", ""),
    (r"Request timed out in queue", "вопрос не дождался своей очереди", ""),
)
_WARNINGS = (
    (r"(.+); going on without it", "{0}; продолжаю без него", ""),
    (r"(.+); tokens live in memory until this process ends", "{0}; токены останутся только в памяти", ""),
    (r"(.+); the tokens in it could not be deleted", "{0}; токены в нём не удалены", ""),
    (r"The server accepted (.+) and did not keep .*", "сервер принял {0}, но не сохранил", ""),
    (r"The server lists (\d+) chats at the most: .*", "сервер показывает не больше {0} чатов: могут быть ещё", ""),
    (
        r"The server does not say that its model will see these files: (.+); give it files of at most (.+) MB",
        "модель сервера не увидит эти файлы: {0} (берутся файлы до {1} МБ)",
        "the server's model will not see these files: {0} (it takes files of at most {1} MB)",
    ),
    (r"The server does not say that its model will see these files: (.+)", "модель сервера не увидит эти файлы: {0}", ""),
    (r"The token file (.+) cannot be used: (.*)", "файл токенов {0} не годится: {1}", ""),
)
_KNOWN = tuple(
    (re.compile(pattern, re.DOTALL), Text(ru, en))
    for pattern, ru, en in (*_WARNINGS, *_CLICK, *_CONFIGURATION, *_LOCAL_SERVER, *_CONNECTION, *_SERVER)
)

_REASONS = {
    "Connection refused": "соединение отклонено",
    "Connection reset by peer": "соединение сброшено",
    "Network is unreachable": "сеть недоступна",
    "No route to host": "нет пути к серверу",
    "No such file or directory": "нет такого файла или папки",
    "No space left on device": "на диске нет места",
    "Not a directory": "это не папка",
    "Is a directory": "это папка",
    "Permission denied": "нет прав",
    "Read-only file system": "только для чтения",
    "no permission to write": "нет прав на запись",
}


_ERRNO = re.compile(r"\[Errno \d+\] (.+?)(?:: '.*')?", re.DOTALL)


def known_wording(message: str) -> str | None:
    """`message` in the language in force; None where it is not among the known ones."""
    for pattern, text in _KNOWN:
        found = pattern.fullmatch(message)
        if found:
            return str(text).format(*(reason(group or "") for group in found.groups())) or message
    return None


def worded(message: str) -> str:
    """`message` in the language in force, or as it is."""
    return known_wording(message) or message


def reason(text: str) -> str:
    """The system's word for a failure, or a message inside another one, in the language in force; anything else as it is."""
    if "Connect call failed" in text:
        return str(Text("там никто не отвечает", "nobody answers there"))
    system = _ERRNO.fullmatch(text)
    word = system[1] if system else text
    return _REASONS.get(word, known_wording(word) or word) if in_russian() else word
