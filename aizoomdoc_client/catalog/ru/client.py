"""The Russian templates of what the client itself raises and warns of."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # A text that came without a code
    "verbatim": "{text}",
    # Settings and arguments
    "no_server": "сервер не указан: задайте server_url (--server) или AIZOOMDOC_SERVER либо войдите: aizoomdoc login",
    "server_url_malformed": "адрес сервера «{url}» должен иметь вид https://host[:port][/path]",
    "server_url_without_scheme": "адрес сервера «{url}» должен начинаться с {scheme}:// — попробуйте {scheme}://{rest}",
    "server_url_with_more": "в адресе сервера «{url}» не должно быть имени пользователя, параметров и якоря",
    "server_url_insecure": (
        "«{url}» передаст токен без шифрования: используйте https или разрешите: allow_insecure=True (login "
        "--allow-insecure, AIZOOMDOC_ALLOW_INSECURE=1)"
    ),
    "server_url_unusable": "адрес сервера не подходит",
    "not_a_count": "{name}: нужно целое число не меньше {least}, а не {value:quoted}",
    "not_seconds": "{name}: нужно положительное число секунд, а не {value:quoted}",
    "not_seconds_or_none": "{name}: нужно положительное число секунд или «none» (без ограничения), а не {value:quoted}",
    "not_a_number": "{name}: нужно число, а не {value:quoted}",
    "not_a_flag": "{name}: нужно 1 или 0, а не {value:quoted}",
    "not_true_or_false": "{name}: нужно true или false, а не {type}",
    "not_one_of": "{name}: можно {choices:list}, но не {value:quoted}",
    "not_text": "{name}: нужен текст, а не {type}",
    "not_an_id": "{name}: нужен идентификатор или объект, у которого он есть, а не {type}",
    "not_one_or_several": "{name}: {type} не подходит, нужно одно значение или список нескольких",
    "setting_type": "{name}: {type} не подходит",
    "empty": "{name}: пустое значение",
    "unusable_entry": "{name}: {type} не подходит, нужно {wanted}",
    "entry_lacks": "{name}: в записи нет {key}",
    "impossible_id": "{value:quoted} — не идентификатор",
    "control_characters": "{name}: служебные символы или непарные суррогаты в «{value}»",
    "static_token_unusable": "статический токен пуст или содержит служебные символы (перенос строки при копировании?)",
    "file_without_place": "файл {file} нельзя передать в tree_files: сервер не сообщает, где он хранится",
    "two_names_given": "передайте {name} или {other}, а не оба: они значат одно и то же",
    "none_is_no_value": "{name} не может быть None: чтобы ничего не менять, не передавайте этот аргумент",
    "nothing_to_change": "не указано, какие настройки изменить",
    # The profile file
    "profile_file_unreadable": "файл профилей {path} не читается: {reason}",
    "profile_malformed": "это не TOML{said:unsaid}; исправьте её или удалите файл и войдите снова",
    "profile_repeated": "имя или таблица встречается второй раз; удалите одно из двух",
    "profile_file_skipped": "{reason}; работа продолжается без него",
    "nested_too_deeply": "слишком глубокая вложенность",
    "no_profile": "профиля «{name}» нет в {path}; создайте его: aizoomdoc --profile {name} login",
    "profile_not_a_table": "«{name}» в {path} должно быть таблицей: [{name}]",
    "setting_of_profile": "{name} профиля «{profile}» в {path}",
    # Login
    "not_logged_in": "вход не выполнен: задайте static_token или AIZOOMDOC_TOKEN либо войдите: aizoomdoc login",
    "token_not_pickled": (
        "этот клиент получен из pickle, где статического токена нет: задайте здесь тот же AIZOOMDOC_TOKEN, передайте токен в "
        "with_options(static_token=…) или создайте клиента с pickle_token=True"
    ),
    "login_expired": "срок входа истёк; войдите снова: authenticate(static_token) или aizoomdoc login",
    "access_token_unusable": "сервер выдал токен доступа, который пуст или содержит служебные символы",
    "new_token_refused": "сервер не принимает токен, который только что выдал: {reason}",
    # Kept tokens
    "token_file_unusable": "файл токенов {path} не годится: {reason}; {outcome}",
    "tokens_in_memory": "токены останутся только в памяти, до конца процесса",
    "tokens_not_deleted": "токены в нём не удалены",
    "tokens_not_text": "токен или имя в нём — не текст",
    "token_file_set_aside": (
        "файл токенов {path} не годится: {reason}; он переименован в {aside} и считается пустым; войдите снова"
    ),
    "token_file_stuck": "{reason}, и его не удаётся переименовать: {obstacle}",
    "token_file_version": "он версии {found}, а не {known}",
    "token_file_not_json": "это не файл токенов: в нём не JSON",
    "token_file_malformed": "это не файл токенов: {problem}",
    "renewal_lock_held": "другой процесс занимает {path} уже {seconds:g} с; работа продолжается без блокировки",
    "keyring_gives_no_login": "системное хранилище паролей не выдаёт вход «{account}»: {reason}",
    "keyring_may_hold_login": (
        "в системном хранилище паролей мог остаться «{account}» службы «{service}», удалите его там вручную: {reason}"
    ),
    "keyring_package_missing": "нет пакета для него: pip install 'aizoomdoc-client[keyring]'",
    "keyring_keeps_nothing": "оно не сохраняет то, что ему дают",
    "keyring_holds_something_else": "там нет нашей записи",
    "keyring_failed": "ошибка {error}",
    # Files on this machine
    "file_unreadable": "файл «{path}» не читается: {reason}",
    "file_is_folder": "«{path}» — папка, а не файл",
    "file_is_not_regular": "«{path}» — не файл",
    "file_is_symlink": "это символическая ссылка",
    "file_is_no_regular_file": "это не обычный файл",
    "lock_held": "другой процесс занимает {name} уже {seconds:g} с",
    "no_folder": "нет папки «{folder}», куда сохранить",
    "folder_not_writable": "не удаётся записать в «{folder}»: {reason}",
    "file_not_saved": "не удаётся сохранить {path:quoted}: {reason}",
    "names_taken": "слишком много файлов с таким именем, как «{name}»",
    # Uploads and downloads
    "upload_type": "{type} не отправить: нужен путь, байты или файл, открытый в двоичном режиме",
    "upload_without_name": "файлу нужно имя: задайте filename=",
    "upload_gave_no_bytes": "«{filename}»: при чтении получено {type} вместо байтов",
    "upload_at_its_end": "{filename} прочитан до конца, и отправлять нечего: сначала seek(0)",
    "the_file": "файл",
    "upload_shrank": "файл «{filename}» стал короче, пока отправлялся: {sent} из {size} байт",
    "upload_had_nothing": "в «{filename}» нечего читать: возможно, он уже прочитан до конца",
    "upload_not_replayable": "«{filename}» прочитан, и его нельзя перемотать: нужен путь, байты или перематываемый файл",
    "upload_too_large": "файл «{filename}» слишком большой: сервер принимает файлы до {limit:bytes}",
    "more": "больше",
    "upload_cut_off": (
        "связь прервалась, отправлено {sent:bytes} файла «{filename}»: сервер или прокси не принимает такие файлы, или "
        "случился сбой"
    ),
    "download_without_place": "сервер не сообщает, откуда скачать «{filename}»",
    "download_place_malformed": "адрес для скачивания, который сообщил сервер, неверен",
    "download_too_large": "файл больше разрешённого (max_bytes: {limit:bytes})",
    # The connection
    "connect_timeout": "соединение с сервером не установлено за {seconds:g} с",
    "request_timeout": "сервер слишком долго не отвечает",
    "websocket_timeout": "соединение с сервером (WebSocket) не установлено за {seconds:g} с",
    "tls_failed": "защищённое соединение не установлено: {reason}",
    "name_not_resolved": "имя сервера «{host}» не найдено",
    "connection_refused": "{host}:{port} не отвечает",
    "connection_failed": "нет связи с {host}:{port}: {reason}",
    "connection_broke_off": "связь прервалась: {reason}",
    "server_disconnected": "сервер закрыл соединение",
    "body_incomplete": "ответ пришёл не целиком",
    "request_not_sent": "запрос не удалось отправить: {reason}",
    "websocket_failed": "соединение WebSocket не установлено: {reason}",
    "websocket_handshake_cut_off": "связь прервалась при установке соединения WebSocket",
    "websocket_awaited": "ожидание ответа сервера на соединение WebSocket, до {limit:g} с",
    "websocket_doubted": (
        "соединение WebSocket осталось без ответа: его мог не пропустить прокси или антивирус. Сервер всё же мог начать "
        "отвечать, поэтому ответ ожидается до {seconds:g} с; затем и в ближайшие часы сначала используются server-sent events"
    ),
    "proxy_refused": "прокси не соединяет с сервером: {reason}",
    "proxy_malformed": "{name} — не адрес HTTP-прокси вида http://proxy.example:3128",
    "proxy_is_socks": "{name} задаёт прокси SOCKS, такие не поддерживаются: задайте HTTP-прокси или внесите сервер в NO_PROXY",
    "setting_empty": "{name}: пустое значение",
    "setting_not_utf8": "{name}: есть байты не в UTF-8; возможно, значение сохранено или введено в другой кодировке",
    "ca_file_unusable": "сертификаты из ca_file ({path}) не подходят: {reason}",
    "client_certificate_unusable": "сертификат клиента и его ключ ({path}) не подходят: {reason}",
    "client_key_alone": "client_key задан без client_certificate: ключ без сертификата не нужен",
    "session_decides": "{names:list}: с http_session это решает сама сессия — уберите эти настройки или сессию",
    "not_a_session": "http_session — сессия aiohttp.ClientSession или функция, которая её создаёт, а не {type}",
    "session_closed": "сессия http_session закрыта: она нужна открытой, пока используется клиент",
    "session_of_another_loop": (
        "сессия http_session принадлежит другому циклу событий: передайте функцию, которая создаёт сессию, её вызовет каждый "
        "цикл; синхронному клиенту, чей цикл работает в фоне, подходит только функция"
    ),
    "session_not_pickled": (
        "клиент с собственной http_session нельзя передать через pickle: передайте функцию модуля, которая создаёт сессию, или "
        "создайте клиент там, где он нужен"
    ),
    "not_pem": "нет сертификатов в формате PEM либо ключ зашифрован или от другого сертификата",
    "headers_malformed": "{name}: нужны заголовки — имена со значениями, в переменной по одному в строке вида Имя: значение",
    "header_unusable": "заголовок {header} нельзя отправить: недопустимо имя или символы значения",
    "header_of_the_client": "заголовок {header} задаёт сам клиент",
    "header_twice": "заголовок {header} указан дважды",
    "client_closed": "клиент закрыт раньше, чем это завершилось",
    # What a server's response means
    "request_query_too_long": "запрос слишком длинный для сервера: передайте меньше в {parameter}",
    "request_too_long": "запрос слишком длинный для сервера: заголовки или адрес",
    "redirect_refused": "сервер перенаправляет на другой адрес: исправьте адрес сервера",
    "redirect_refused_to": "сервер перенаправляет на {target}: исправьте адрес сервера",
    "response_head_too_large": "слишком длинный заголовок ответа: больше {limit:bytes}",
    "response_too_large": "ответ сервера больше {limit:bytes} (получено {received:bytes})",
    "too_many_values": "сервер прислал больше {most:,} списков и объектов сразу: {excerpt}",
    "not_json": "сервер прислал не JSON ({reason}): {excerpt}",
    "json_byte_order_mark": "в начале BOM",
    "json_no_number": "{name} — не число JSON",
    "json_number_out_of_range": "слишком большое число",
    "not_utf8": "не UTF-8, байт {position}",
    "json_syntax": "ошибка в символе {position}{problem:unsaid}",
    "response_does_not_fit": "ответ сервера не подходит к {model}: {problems}",
    # Posting a question
    "open_answer_not_read": (
        "в этом чате есть открытый ответ, и его никто не читает: сначала закройте его или прочитайте до конца"
    ),
    "other_question_posted": "тем временем в этом чате задан другой вопрос, и сервер ответил бы на него",
    "message_not_posted": "вопрос не отправлен: {reason}",
    "message_cancelled_on_its_way": "отправка вопроса прервана на полпути: дошёл ли он, покажет история чата",
    "delivery_unknown": "неизвестно, сохранён ли вопрос, поэтому он не отправлен снова: {reason}",
    # The answer
    "answer_timeout_first_event": "ответ не начался за отведённое время",
    "answer_timeout_idle": "сервер молчал дольше, чем разрешено",
    "answer_timeout_total": "ответ занял больше времени, чем разрешено",
    "not_an_event_stream": "сервер прислал {content_type} вместо text/event-stream",
    "stream_compressed": "поток сжат ({encoding}), хотя об этом не просили: возможно, так настроен прокси",
    "not_a_websocket": "сервер не отвечает здесь по WebSocket ({error})",
    "stream_token_refused": "сервер не принимает токен доступа{said:after: }",
    "stream_refused": "сервер отказывает в ответе{said:after: }",
    "stream_without_question": "нет такого чата или вопроса в нём{said:after: }",
    "connection_closed": "связь прервалась раньше конца ответа (код {close_code}{said:after: })",
    "connection_dropped": "связь оборвалась раньше конца ответа",
    "stream_ended": "ответ оборвался на середине",
    "completed_without_answer": "сервер сообщил о завершении, но не прислал ответ",
    "frame_too_large": "часть ответа больше, чем разрешает max_frame_bytes",
    "frame_not_an_event": "сервер прислал не событие: {excerpt}",
    "event_without_name": "сервер прислал событие без имени: {excerpt}",
    "answer_lost": "ответ прервался, и в истории чата его нет: {reason}",
    "history_cannot_tell": "связь прервалась, и по истории чата не понять, есть ли ответ на вопрос",
    "history_unreadable": "неизвестно, есть ли ответ на вопрос: историю чата не удалось прочитать: {reason}",
    "answer_taken_up": "ответ принимается заново",
    "rerun_forbidden": "в истории чата нет ответа на вопрос, а rerun=False запрещает запускать модель",
    "message_not_shown": "в истории чата не видно вопроса, поэтому неизвестно, есть ли на него ответ",
    "not_a_question": "получить можно только ответ на сообщение пользователя, а у этого роль {role}",
    "answer_not_proven": "ответ пришёл, но по истории чата не понять, на этот ли вопрос",
    "other_question_before_answer": "в этом чате задан другой вопрос раньше, чем ответ завершён",
    "answer_may_be_to_other_question": "в этом чате задан другой вопрос: ответ может быть на него",
    "opening_given_up": "ответ прерван, ещё не начавшись",
    "answer_not_read": "ответ прерван: его никто не дочитал",
    "answer_closed": "ответ закрыт раньше конца",
    "event_loop_ended": "цикл событий завершён",
    "program_ended": "программа завершилась, пока шёл ответ",
    "answer_of_parent_process": "ответ принадлежит родительскому процессу: задайте вопрос заново",
    # What a server accepted and did not do (warnings)
    "settings_not_kept": "сервер принял настройки, но не сохранил: {names:list}",
    "chat_list_truncated": "сервер показывает не больше {most} чатов: их может быть больше",
    "files_not_shown": "модель сервера не увидит эти файлы: {names:list}{advice:after; }",
    "files_up_to": "подойдут файлы до {limit:bytes}",
    "files_as_source": "передайте путь или байты в files=",
    "the_telemetry": "Телеметрии OpenTelemetry",
}
