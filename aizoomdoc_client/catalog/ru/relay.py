"""The Russian templates of relays: what their callers and their viewers are told."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "relay_stream_not_found": "такого потока нет",
    "relay_backplane_away": "общее хранилище рабочих процессов недоступно",
    "relay_rerun_not_counted": "ответ прервался, а новый запуск модели не удалось учесть, поэтому его нет",
    "relay_closed": "приём вопросов завершён",
    "relay_seconds": "{name}: нужно число секунд от 0, а не {value:quoted}",
    "relay_owner_empty": "owner должен называть пользователя, а он пуст",
    "relay_redis_url": "не удалось разобрать адрес Redis; особые знаки в пароле нужно кодировать, например `/` как `%2F`",
    "relay_redis_decodes": "клиент с decode_responses не подходит: события передаются байтами",
    "relay_not_authenticated": "Не удалось войти на сервер AIZoomDoc",
    "relay_forbidden": "Сервер AIZoomDoc этого не разрешает",
    "relay_not_found": "Чат или то, на что ссылается вопрос, не существует",
    "relay_invalid_request": "Такой вопрос задать нельзя",
    "relay_too_large": "Файл слишком большой",
    "relay_rate_limited": "Слишком много запросов, повторите позже",
    "relay_queue_full": "Очередь заполнена, повторите позже",
    "relay_queue_timeout": "Вопрос слишком долго ждал в очереди, повторите позже",
    "relay_answer_failed": "Модель не смогла ответить",
    "relay_chat_conflict": "В этом чате тем временем задали другой вопрос",
    "relay_delivery_unknown": "Неизвестно, получен ли вопрос: посмотрите в чат, прежде чем спрашивать снова",
    "relay_timeout": "Сервер AIZoomDoc не ответил вовремя",
    "relay_interrupted": "Связь с сервером AIZoomDoc прервалась до конца ответа",
    "relay_unreachable": "Нет связи с сервером AIZoomDoc",
    "relay_server_error": "Ошибка на сервере AIZoomDoc",
    "relay_internal": "Ответ прерван из-за внутренней ошибки",
    "relays_over_redis": "Пересылке ответов через Redis",
}
