/** Talks to an AIZoomDoc server itself, with the token of its user: no relay stands between.
 *
 * There the model runs while the stream is open. Of several tabs one reads it, under a lock, and tells the others; when it is
 * gone, another one goes on, with the chat's history or with a new run.
 */

import { LAST } from "./answer_state.js";
import { questionsOf, markStopped } from "./asked.js";
import { AskError, codeOf } from "./errors.js";

export const needsToken = true;
const KEPT_AS = "aizoomdoc.token";
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
const MOST_RUNS = 2;
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
  return { chat: into, stream: message.id };
}

/** Ends the model's run; a server ends it when nobody reads the stream. */
export async function stop(stream, chat) {
  markStopped(chat, stream);
  for (const each of following) {
    if (each.stream === stream) each.stop();
  }
  return true;
}

const following = new Set();

/** Calls `viewer` for what happens in a stream, as that of a backend with a relay does. */
export function follow(stream, viewer, chat) {
  return new Following(stream, viewer, chat);
}

class Following {
  #viewer;
  #chat;
  #leaving = new AbortController();
  #runs = 0;
  #channel;
  #told = []; // the events of the run that this tab reads

  constructor(stream, viewer, chat) {
    this.stream = stream;
    this.#viewer = viewer;
    this.#chat = chat;
    following.add(this);
    this.#channel = new BroadcastChannel(`aizoomdoc ${stream}`);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#channel.postMessage({ wanted: true });
    void this.#follow();
  }

  close() {
    following.delete(this);
    this.#leaving.abort();
    this.#channel.close();
  }

  stop() {
    this.#tell("answer_stopped", { reason: "requested" });
    this.close();
  }

  /** An event for this tab and all others. */
  #tell(name, data) {
    this.#viewer.event(name, data);
    this.#told.push([name, data]);
    this.#channel.postMessage({ events: [[name, data]] });
  }

  /** Another tab tells what it reads, or has just come and wants what there is; that begins with `answer_restarted`. */
  #hear({ events, wanted }) {
    if (wanted && this.#told.length) this.#channel.postMessage({ events: this.#told });
    for (const [name, data] of events ?? []) {
      this.#viewer.event(name, data);
      if (LAST.has(name)) this.close();
    }
  }

  async #follow() {
    const { signal } = this.#leaving;
    for (let wait = FIRST_WAIT; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        await navigator.locks.request(`aizoomdoc ${this.#chat}`, { signal }, () => this.#look());
        this.close();
      } catch {
        if (signal.aborted) return;
        this.#viewer.lost();
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** The answer from the history, or else from the stream; throws where there is more to come. */
  async #look() {
    if (questionsOf(this.#chat).some((asked) => asked.stream === this.stream && asked.isStopped)) {
      this.#viewer.event("answer_stopped", { reason: "requested" });
      return;
    }
    const response = await called(`chats/${this.#chat}`, { signal: this.#leaving.signal });
    if (response.status >= 500) throw new Error("the server cannot tell");
    const messages = response.ok ? (await response.json()).messages : [];
    const at = messages.findIndex((message) => message.id === this.stream);
    const next = messages[at + 1];
    this.#viewer.back();
    if (at < 0 || next?.role === "user") this.#viewer.gone();
    else if (next) this.#show(next);
    else await this.#run();
  }

  #show(answer) {
    this.#viewer.event("answer_restarted", { keep: 0, reason: "snapshot" });
    this.#viewer.event("llm_token", { token: answer.content });
    this.#viewer.event("llm_final", answer);
    this.#viewer.event("completed", {});
  }

  async #run() {
    if (this.#runs === MOST_RUNS) {
      this.#viewer.event("error", { code: "interrupted" });
      return;
    }
    const response = await called(`chats/${this.#chat}/stream`, { signal: this.#leaving.signal });
    if (!response.ok) {
      this.#viewer.event("error", { code: codeOf(response.status) });
      return;
    }
    this.#told = [];
    this.#tell("answer_restarted", { keep: 0, reason: "snapshot" });
    if (this.#runs) this.#tell("stream_resumed", { source: "rerun" });
    this.#runs += 1;
    for await (const { name, data } of eventsIn(response.body)) {
      this.#tell(name, data);
      if (LAST.has(name)) return;
    }
    throw new Error("the stream broke off");
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
