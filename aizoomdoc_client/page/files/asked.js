/** Remembers what was asked in which chat, for reloads and for other tabs, and which chat the address names. */

const PREFIX = "aizoomdoc.chat.";
const MOST_CHATS = 20;

/** The questions of a chat, as [{stream, question, files}]. */
export function questionsOf(chat) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + chat));
    return Array.isArray(found?.questions) ? found.questions : [];
  } catch {
    return [];
  }
}

/** Adds a question to those of a chat. */
export function remember(chat, asked) {
  const questions = [...questionsOf(chat), asked];
  try {
    localStorage.setItem(PREFIX + chat, JSON.stringify({ questions, at: Date.now() }));
    forgetOldest();
  } catch { /* a browser that stores nothing has the address */ }
}

/** Calls `changed` when another tab asked in the chat. */
export function onQuestions(changed) {
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX)) changed(event.key.slice(PREFIX.length));
  });
}

/** Chat and stream as the address names them. */
export function addressed() {
  const named = new URLSearchParams(location.hash.slice(1));
  return { chat: named.get("chat") ?? "", stream: named.get("stream") ?? "" };
}

/** Lets the address name chat and stream, so that a reload, and a copy of the tab, finds them. */
export function address(chat, stream) {
  history.replaceState(null, "", `#${new URLSearchParams({ chat, stream })}`);
}

/** Lets the address name no chat; the browser's way back leads to the one before. */
export function addressNone() {
  history.pushState(null, "", location.pathname + location.search);
}

function forgetOldest() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const ages = new Map(keys.map((key) => [key, JSON.parse(localStorage.getItem(key))?.at ?? 0]));
  keys.sort((one, other) => ages.get(other) - ages.get(one));
  for (const key of keys.slice(MOST_CHATS)) localStorage.removeItem(key);
}
