/** Talks to a backend with a relay: questions by POST, events by EventSource, also after reloads and failures. */

import { LAST } from "./answer_state.js";
import { AskError, codeOf } from "./errors.js";

export const needsToken = false;

const NAMES = [
  "queue_position", "processing_started", "phase_started", "phase_progress", "llm_thinking", "llm_token", "tool_call", "image_ready",
  "llm_final", "completed", "answer_restarted", "stream_resumed", "answer_stopped",
];
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

/** The ids of the chat and of the stream of the answer; throws `AskError`. */
export async function ask(question, chat, files) {
  const form = new FormData();
  form.append("question", question);
  form.append("chat", chat);
  for (const file of files) form.append("files", file);
  const response = await fetch("answers", { method: "POST", body: form }).catch(() => { throw new AskError("delivery_unknown"); });
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new AskError(told.code ?? codeOf(response.status));
  }
  return response.json();
}

/** Ends the model's run; whether that was possible. */
export async function stop(stream) {
  const response = await fetch(`answers/${stream}`, { method: "DELETE" }).catch(() => null);
  return response?.ok ?? false;
}

/** Calls `viewer` for what happens in a stream: `event(name, data)`, `lost()`, `back()`, `gone()`; `close` ends that. */
export function follow(stream, viewer) {
  return new Following(stream, viewer);
}

class Following {
  #viewer;
  #address;
  #source = null;
  #after = "";
  #wait = FIRST_WAIT;
  #timer = 0;
  #isSentAway = false;

  constructor(stream, viewer) {
    this.#viewer = viewer;
    this.#address = `answers/${stream}`;
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source.close();
  }

  #open() {
    const source = new EventSource(this.#after ? `${this.#address}?after=${this.#after}` : this.#address);
    this.#source = source;
    source.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.#viewer.back();
    };
    for (const name of NAMES) source.addEventListener(name, (message) => this.#take(name, message));
    source.addEventListener("reconnect", () => { this.#isSentAway = true; });
    // The connection's failures have the same name as the event of a failed answer.
    source.addEventListener("error", (event) => (event instanceof MessageEvent ? this.#take("error", event) : this.#failed()));
  }

  #take(name, message) {
    this.#after = message.lastEventId;
    if (LAST.has(name)) this.close();
    this.#viewer.event(name, JSON.parse(message.data));
  }

  #failed() {
    if (!this.#isSentAway) this.#viewer.lost();
    this.#isSentAway = false; // to another worker, which may be there at once
    if (this.#source.readyState !== EventSource.CLOSED) return; // the browser comes back by itself
    this.#timer = setTimeout(() => this.#lookAgain(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }

  /** An EventSource gives up at any other status than 200 and does not tell which: a proxy's 502 is no reason to give up. */
  async #lookAgain() {
    const leaving = new AbortController();
    const headers = { "Last-Event-ID": this.#after };
    const response = await fetch(this.#address, { headers, signal: leaving.signal }).catch(() => null);
    leaving.abort();
    if (response?.status === 404 || response?.status === 204) this.#viewer.gone();
    else if (response?.ok) this.#open();
    else this.#failed();
  }
}
