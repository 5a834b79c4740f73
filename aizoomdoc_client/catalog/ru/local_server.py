"""The Russian templates of the servers of this package: their data, their language model, the documents that they read."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # The servers of this package
    "extra_missing": "{part} требуется {packages:list}; выполните pip install 'aizoomdoc-client[{extra}]'",
    "the_local_server": "локальному серверу",
    "the_search_by_meaning": "поиску по смыслу (--embed-model)",
    "the_scripted_server": "серверу со сценарием",
    "local_setting_too_small": "{name} локального сервера: нужно не меньше {least:g}, а не {value:quoted}",
    "local_port_out_of_range": "{name}: нужно от 0 (любой свободный) до 65535, а не {value:quoted}",
    "local_token_unusable": "токен локального сервера не должен быть пустым или содержать служебные символы",
    "local_tokens_equal": "у двух пользователей локального сервера не может быть один токен",
    "allowed_host_unusable": "разрешённое имя пишется без схемы и порта, например docs.example.org, или *, а не {value:quoted}",
    "projects_folder_missing": "папки проектов {path} нет: создайте её или укажите другую (--projects)",
    "data_folder_not_writable": "не удаётся записать в папку данных {path}: {reason}; укажите другую (--data)",
    "data_folder_in_use": "с папкой данных {path} уже работает другой сервер: остановите его или укажите другую папку (--data)",
    "secret_file_unusable": "файл с секретом {path} не годится: {reason}",
    "secret_file_empty": "файл с секретом {path} пуст: удалите его, и будет создан новый секрет",
    "port_in_use": "порт {port} на {host} занят: укажите другой (--port, 0 — любой)",
    "port_in_use_by_server": (
        "порт {port} на {host} занят: там уже работает сервер aizoomdoc;"
        " обратитесь к нему (--server {url}) или укажите другой порт (--port, 0 — любой)"
    ),
    "host_unknown": "адрес {host} неизвестен: подойдёт 127.0.0.1 или адрес этого компьютера",
    "cannot_listen": "локальный сервер не может принимать соединения на порту {port} адреса {host}: {reason}",
    "database_unusable": "база данных {path} не годится: {reason}",
    "database_newer": (
        "база данных {path} создана более новой версией: обновите aizoomdoc-client"
        " или укажите другой журнал или другую папку данных"
    ),
    # The language model of the local server
    "llm_url_unusable": (
        "адрес модели должен иметь вид http://хост[:порт][/путь], без имени пользователя, параметров и фрагмента; "
        "ключ передаётся через переменную среды (--llm-key-env)"
    ),
    "llm_name_unusable": "{name} модели не должно быть пустым или содержать служебные символы",
    "llm_key_missing": "в переменной среды {name} нет ключа модели: задайте её или уберите --llm-key-env",
    "llm_options_apart": "--llm-url и --llm-model указываются вместе; без них не работают и другие параметры модели",
    "llm_unreachable": "модель по адресу {host} недоступна ({reason}): проверьте, запущена ли она, и --llm-url",
    "llm_no_connection_in_time": "нет соединения за {seconds:g} с",
    "llm_host_unknown": "имя хоста неизвестно",
    "llm_certificate_refused": "недействителен сертификат TLS",
    "llm_key_needed": "серверу модели нужен ключ ({status}): укажите переменную с ключом (--llm-key-env)",
    "llm_key_refused": "сервер модели не принял ключ ({status}): проверьте переменную {name}",
    "llm_model_unknown": "на сервере моделей нет модели {model:quoted}: загрузите её там или укажите другую (--llm-model)",
    "llm_no_interface": "по адресу {host} нет интерфейса, совместимого с OpenAI ({status}): проверьте --llm-url",
    "llm_busy": "модель перегружена или её квота исчерпана ({status}){said:after: }; спросите позже",
    "llm_server_failed": "ошибка на сервере модели ({status}){said:after: }; спросите ещё раз",
    "llm_request_refused": "сервер модели отклонил запрос ({status}){said:after: }",
    "llm_failed": "ошибка модели{said:after: }; спросите ещё раз",
    "llm_answer_unreadable": "сервер по адресу {host} отвечает не так, как совместимый с OpenAI: проверьте --llm-url",
    "llm_answer_late": "модель не начала отвечать за {seconds:g} с: спросите ещё раз или выберите модель побыстрее",
    "llm_answer_stalled": "модель остановилась посреди ответа, {seconds:g} с от неё ничего нет; спросите ещё раз",
    "llm_answer_broken_off": "соединение с моделью оборвалось до конца ответа; спросите ещё раз",
    "llm_answer_filtered": "фильтр модели остановил ответ: спросите другими словами",
    "llm_answer_empty": "модель закончила, ничего не ответив: спросите ещё раз или другими словами",
    # Documents
    "document_unreadable": "«{name}»: {reason}",
    "document_needs_memory": "для чтения файла нужно слишком много памяти",
    "document_not_read": "файл не удалось прочитать",
    "document_broke_reader": "чтение файла дважды завершилось сбоем; сохраните его заново или напечатайте в PDF",
    "document_broke_server": "сервер дважды прервался, когда читал этот файл",
    "document_too_slow": "файл читается слишком долго; сохраните его заново или напечатайте в PDF",
    "document_tried_again": "{reason} (следующая попытка — после {day})",
    "archive_broken": "файл повреждён и не открывается; сохраните его заново",
    "archive_too_large": "после распаковки файл займёт больше {size:bytes}; разделите его",
    "text_too_large": "в файле больше {size:bytes} текста; разделите его",
    "office_broken": "файл повреждён или защищён паролем; сохраните его заново без пароля",
    "document_without_text": "в файле нет текста, одни пробелы",
    "workbook_not_calculated": "в файле только формулы без результатов; откройте его в Excel или LibreOffice и сохраните",
    "document_binary": "неизвестный двоичный формат; загрузите PDF, DOCX, XLSX, Markdown, HTML или текст",
    "document_cannot_be_opened": "файл не открывается ({reason})",
    "folder_cannot_be_opened": "папка не открывается ({reason})",
    "folder_too_deep": "папка лежит слишком глубоко: читается не больше {most} вложенных папок",
    "document_empty": "файл пуст; загрузите его снова",
    "document_unsupported": "{kind} этот сервер не читает; сохраните как PDF с текстом",
    "kind_archive": "архив или документ Office",
    "kind_old_office": "документ старого Office",
    "kind_other_office": "документ RTF или OpenDocument",
    "kind_image": "изображение, кроме PNG, JPEG, TIFF, BMP и WebP",
    "kind_print": "документ DjVu или PostScript",
    "kind_drawing": "чертёж DWG или DXF",
    "document_page_without_text": "на странице нет текста",
    "pdf_broken": "файл PDF повреждён; сохраните или скачайте его заново",
    "pdf_protected": "файл защищён паролем; снимите защиту и загрузите снова",
    "image_broken": "изображение повреждено; сохраните или скачайте его заново",
    "image_too_large": (
        "в изображении слишком много пикселей: читается не больше {most}, на одной стороне — не больше {side};"
        " сохраните его с меньшим разрешением"
    ),
    "image_not_recognized": (
        "это изображение, и текста в нём за отведённое время не распознано; если он есть, отсканируйте заново,"
        " большие листы — грубее"
    ),
    "image_needs_recognition": (
        "это изображение; установите Tesseract, он распознаёт текст (Debian и Ubuntu:"
        " `apt install tesseract-ocr tesseract-ocr-rus`; macOS: `brew install tesseract tesseract-lang`; Windows: его установщик,"
        " с русским языком), и перезапустите сервер"
    ),
    "image_recognition_off": "это изображение, а распознавание текста выключено (--no-ocr)",
    "pdf_recognition_off": "в файле нет текста, это скан или чертёж без надписей, а распознавание текста выключено (--no-ocr)",
    "pdf_without_text": (
        "в файле нет текста, это скан или чертёж без надписей; установите Tesseract, он распознаёт текст (Debian и Ubuntu:"
        " `apt install tesseract-ocr tesseract-ocr-rus`; macOS: `brew install tesseract tesseract-lang`; Windows: его установщик,"
        " с русским языком), и перезапустите сервер"
    ),
    "pdf_not_recognized": (
        "в файле нет текста, это скан или чертёж без надписей, и распознать ничего не удалось; отсканируйте его заново"
    ),
    "pdf_garbled": "его букв не разобрать: шрифты не говорят, какие это буквы; распознайте его (OCR) и загрузите снова",
    "pdf_only_files": "в нём нет своего текста, только вложенные файлы: {names:list}; загрузите их",
}
