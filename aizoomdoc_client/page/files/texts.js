/** What the page says, in each language. */

const TEXTS = {
  en: {
    toQuestion: "To the question",
    newChat: "New chat",
    language: "Language",
    welcome: "Ask about your documents. Attach files, or ask about those that the server already has.",
    question: "Your question",
    keys: "Ctrl+Enter asks.",
    files: "Files",
    ask: "Ask",
    stop: "Stop",
    token: "Access token",
    tokenHint: "The server says it when it starts. This browser remembers it.",
    logIn: "Log in",
    wrongToken: "The server does not know this token.",
    you: "Question",
    answer: "Answer",
    thinking: "Thinking",
    sources: "Sources",
    pictures: "Pictures",
    picture: "Picture",
    notes: "Not taken into account",
    sending: "The question is being sent …",
    waiting: "Waiting for the answer …",
    queue: (data) => `${data.position} in the queue before you`,
    wait: (seconds) => `about ${seconds} s`,
    writing: "The answer is being written …",
    complete: "The answer is complete.",
    lost: "The connection is lost; trying again …",
    resumed: "The answer was interrupted and went on.",
    page: (number) => `page ${number}`,
    noQuestion: "(asked in another window)",
    cannotStop: "The answer could not be stopped: the server cannot be reached.",
    gone: "This answer is no longer available here. It may be in the chat's history; it is not asked again by itself.",
    phases: {
      search: "Searching documents", processing: "Loading documents", llm: "Writing the answer", flash_stage: "Choosing what to look at",
      tool_execution: "Fetching what the model asked for", pro_stage: "Working out the answer", zoom: "Enlarging a picture",
    },
    tools: { request_images: "pictures", zoom: "an enlarged picture", request_documents: "documents" },
    asksFor: (what) => `The model asks for: ${what}`,
    grounding: {
      nothing_found: "No passage of the documents fits the question.", unreadable: "None of the documents could be read.",
      no_documents: "There are no documents.",
    },
    stopped: {
      requested: "Stopped.", unwatched: "Stopped, because nobody looked at the answer.", shutdown: "Stopped, because the server was restarted.",
    },
    errors: {
      not_authenticated: "The login of this site at the AIZoomDoc server does not work.", forbidden: "The AIZoomDoc server does not allow this.",
      not_found: "The chat, or something that the question names, does not exist.", invalid_request: "The question cannot be asked in this way.",
      too_large: "A file is too large.", rate_limited: "There were too many requests; try again later.",
      queue_full: "The queue is full; try again later.", queue_timeout: "The question waited in the queue for too long; try again later.",
      answer_failed: "The model could not answer.", chat_conflict: "Another question was asked in this chat meanwhile.",
      delivery_unknown: "Nobody can tell whether the question arrived. Look whether its answer appears before you ask again.",
      timeout: "The AIZoomDoc server took too long.", interrupted: "The connection to the AIZoomDoc server broke off before the answer was complete.",
      unreachable: "The AIZoomDoc server cannot be reached.", server_error: "The AIZoomDoc server reports an error.",
      internal: "An error on the server ended the answer.",
    },
  },
  ru: {
    toQuestion: "К вопросу",
    newChat: "Новый чат",
    language: "Язык",
    welcome: "Задайте вопрос по документам. Приложите файлы или спросите о тех, которые уже есть на сервере.",
    question: "Ваш вопрос",
    keys: "Ctrl+Enter — спросить.",
    files: "Файлы",
    ask: "Спросить",
    stop: "Остановить",
    token: "Токен доступа",
    tokenHint: "Сервер сообщает его при запуске. Браузер его запомнит.",
    logIn: "Войти",
    wrongToken: "Сервер не знает этого токена.",
    you: "Вопрос",
    answer: "Ответ",
    thinking: "Рассуждения",
    sources: "Источники",
    pictures: "Изображения",
    picture: "Изображение",
    notes: "Что не учтено",
    sending: "Вопрос отправляется…",
    waiting: "Ответ ожидается…",
    queue: (data) => `Перед вами в очереди: ${data.position}`,
    wait: (seconds) => `примерно ${seconds} с`,
    writing: "Ответ пишется…",
    complete: "Ответ готов.",
    lost: "Связь потеряна, идёт новая попытка…",
    resumed: "Ответ прерывался и был продолжен.",
    page: (number) => `с. ${number}`,
    noQuestion: "(задан в другом окне)",
    cannotStop: "Остановить ответ не удалось: нет связи с сервером.",
    gone: "Этот ответ здесь больше недоступен. Возможно, он есть в истории чата; сам по себе вопрос заново не задаётся.",
    phases: {
      search: "Поиск по документам", processing: "Загрузка документов", llm: "Ответ пишется", flash_stage: "Отбор материалов",
      tool_execution: "Загрузка того, что запросила модель", pro_stage: "Подготовка ответа", zoom: "Увеличение изображения",
    },
    tools: { request_images: "изображения", zoom: "увеличенное изображение", request_documents: "документы" },
    asksFor: (what) => `Модель запрашивает: ${what}`,
    grounding: {
      nothing_found: "В документах нет подходящего места.", unreadable: "Ни один из документов не удалось прочитать.",
      no_documents: "Документов нет.",
    },
    stopped: {
      requested: "Остановлено.", unwatched: "Остановлено: ответ никто не смотрел.", shutdown: "Остановлено: сервер перезапущен.",
    },
    errors: {
      not_authenticated: "Сайту не удалось войти на сервер AIZoomDoc.", forbidden: "Сервер AIZoomDoc этого не разрешает.",
      not_found: "Чат или то, на что ссылается вопрос, не существует.", invalid_request: "Такой вопрос задать нельзя.",
      too_large: "Файл слишком большой.", rate_limited: "Слишком много запросов, повторите позже.",
      queue_full: "Очередь заполнена, повторите позже.", queue_timeout: "Вопрос слишком долго ждал в очереди, повторите позже.",
      answer_failed: "Модель не смогла ответить.", chat_conflict: "В этом чате тем временем задали другой вопрос.",
      delivery_unknown: "Неизвестно, получен ли вопрос. Прежде чем спрашивать снова, посмотрите, не появится ли ответ.",
      timeout: "Сервер AIZoomDoc не ответил вовремя.", interrupted: "Связь с сервером AIZoomDoc прервалась до конца ответа.",
      unreachable: "Нет связи с сервером AIZoomDoc.", server_error: "Ошибка на сервере AIZoomDoc.",
      internal: "Ответ прерван из-за ошибки на сервере.",
    },
  },
};

const KEPT_AS = "aizoomdoc.language";
let language = kept() ?? (navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in TEXTS) || "en");

/** The texts in the language chosen. */
export const texts = () => TEXTS[language];

export const chosenLanguage = () => language;

/** Changes the language, and remembers it. */
export function chooseLanguage(chosen) {
  language = chosen;
  try {
    localStorage.setItem(KEPT_AS, chosen);
  } catch { /* a browser that stores nothing asks the system next time */ }
}

/** Writes the page's own texts into `root`. */
export function writeTexts(root) {
  root.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = texts()[element.dataset.text];
}

function kept() {
  try {
    const found = localStorage.getItem(KEPT_AS);
    return found in TEXTS ? found : null;
  } catch {
    return null;
  }
}
