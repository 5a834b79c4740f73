/** Talks to the local server itself, with the token of its user: no relay stands between.
 *
 * That server makes an answer whether or not somebody looks at it. Each tab looks at it, also after reloads and failures.
 */

import { LAST } from "./answer_state.js";
import { AskError, codeOf } from "./errors.js";

export const needsToken = true;
const KEPT_AS = "aizoomdoc.token";
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
const MOST_RERUNS = 1;
const LONGEST_TITLE = 80;
let access = "";

/** Whether the token that the browser remembers, or `given`, lets in; null where the server cannot be reached. */
export async function logIn(given) {
  const token = given ?? localStorage.getItem(KEPT_AS);
  if (!token) return false;
  const body = JSON.stringify({ static_token: token });
  const response = await fetch("auth/exchange", { method: "POST", body, headers: { "Content-Type": "application/json" } }).catch(() => null);
  if (!response || response.status >= 500) return null;
  if (!response.ok) return false;
  localStorage.setItem(KEPT_AS, token);
  access = (await response.json()).access_token;
  return true;
}

/** The ids of the chat and of the question, which stands for its stream; throws `AskError`. */
export async function ask(question, chat, files) {
  const into = chat || (await made("chats", { title: question.slice(0, LONGEST_TITLE) })).id;
  const attached = [];
  for (const file of files) attached.push((await made("files/upload", formOf(file))).id);
  const message = await made(`chats/${into}/messages`, { content: question, attached_file_ids: attached });
  mayBegin.add(message.id);
  await begin(into, message.id).catch(() => {}); // who follows it begins it again
  return { chat: into, stream: message.id };
}

/** Ends the model's run; whether that was possible. */
export async function stop(stream, chat) {
  const response = await called(`chats/${chat}/answers/${stream}`, { method: "DELETE" }).catch(() => null);
  return response?.ok ?? false;
}

/** The questions that this tab asked or saw answered: it lets the model run again where the server forgot them in the middle. */
const mayBegin = new Set();

const begin = (chat, stream) => called(`chats/${chat}/answers/${stream}`, { method: "POST" });

/** Calls `viewer` for what happens in a stream, as that of a backend with a relay does. */
export function follow(stream, viewer, chat) {
  return new Following(stream, viewer, chat);
}

class Following {
  #stream;
  #viewer;
  #chat;
  #leaving = new AbortController();
  #reruns = 0;

  constructor(stream, viewer, chat) {
    this.#stream = stream;
    this.#viewer = viewer;
    this.#chat = chat;
    void this.#follow();
  }

  close() {
    this.#leaving.abort();
  }

  async #follow() {
    const { signal } = this.#leaving;
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        return await this.#look();
      } catch {
        if (signal.aborted) return;
        this.#viewer.lost();
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** The answer from the history, or else as it comes; throws where there is more to come. */
  async #look() {
    const response = await called(`chats/${this.#chat}`, { signal: this.#leaving.signal });
    if (response.status >= 500) throw new Error("the server cannot tell");
    const messages = response.ok ? (await response.json()).messages : [];
    const at = messages.findIndex((message) => message.id === this.#stream);
    const next = messages[at + 1];
    this.#viewer.back();
    if (at < 0 || next?.role === "user") this.#viewer.gone();
    else if (next) this.#show(next);
    else await this.#watch();
  }

  #show(answer) {
    this.#viewer.event("answer_restarted", { keep: 0, reason: "snapshot" });
    this.#viewer.event("llm_token", { token: answer.content });
    this.#viewer.event("llm_final", answer);
    this.#viewer.event("completed", {});
  }

  async #watch() {
    const response = await called(`chats/${this.#chat}/answers/${this.#stream}`, { signal: this.#leaving.signal });
    if (response.status === 404) return this.#forgotten();
    if (!response.ok) throw new Error("the server cannot tell");
    mayBegin.add(this.#stream);
    for await (const { name, data } of eventsIn(response.body)) {
      this.#viewer.event(name, data);
      if (name === "answer_restarted" && this.#reruns) this.#viewer.event("stream_resumed", { source: "rerun" });
      if (LAST.has(name)) return;
    }
    throw new Error("the stream broke off");
  }

  /** A server that was restarted knows nothing of its answers; a reload begins none. */
  async #forgotten() {
    if (!mayBegin.has(this.#stream)) return this.#viewer.gone();
    if (this.#reruns === MOST_RERUNS) return this.#viewer.event("error", { code: "interrupted" });
    const response = await begin(this.#chat, this.#stream);
    if (response.status === 409) return this.#look(); // it is answered meanwhile
    if (!response.ok) return this.#viewer.event("error", { code: codeOf(response.status) });
    this.#reruns += 1;
    return this.#watch();
  }
}

async function* eventsIn(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (text + value).split("\n\n");
    text = whole.pop();
    for (const each of whole) {
      const fields = Object.fromEntries(each.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      if (fields.event) yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

/** What the server made of a POST; throws `AskError`. */
async function made(path, body) {
  const isForm = body instanceof FormData;
  const headers = { "Idempotency-Key": newKey(), ...(isForm ? {} : { "Content-Type": "application/json" }) };
  const options = { method: "POST", headers, body: isForm ? body : JSON.stringify(body) };
  // The key lets the server recognise a request that it has had already.
  const response = await called(path, options).catch(() => called(path, options)).catch(() => { throw new AskError("delivery_unknown"); });
  if (!response.ok) throw new AskError(codeOf(response.status));
  return response.json();
}

async function called(path, options) {
  const send = () => fetch(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${access}` } });
  const response = await send();
  return response.status === 401 && (await logIn()) ? send() : response;
}

function formOf(file) {
  const form = new FormData();
  form.append("file", file);
  return form;
}

/** `crypto.randomUUID` is for https and this machine only. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
