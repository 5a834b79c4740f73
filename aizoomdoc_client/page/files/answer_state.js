/** What the events of an answer make of it, as `AnswerState` of the Python package does. */

export const LAST = new Set(["completed", "error", "answer_stopped"]);

export class AnswerState {
  text = "";
  thinking = "";
  queue = null;
  phase = null;
  progress = null;
  final = null;
  resumed = false;
  /** The event that ended the answer, as {name, data}. */
  ending = null;
  images = new Map();
  toolCalls = [];

  /** Applies the next event; one that is not known changes nothing. */
  fold(name, data) {
    if (LAST.has(name)) {
      this.ending = { name, data };
    } else if (Object.hasOwn(FOLDS, name)) {
      FOLDS[name](this, data);
    }
  }
}

const FOLDS = {
  queue_position: (state, data) => { state.queue = data; },
  processing_started: (state) => { state.queue = null; },
  phase_started: (state, data) => { state.queue = null; state.phase = data; state.progress = null; },
  phase_progress: (state, data) => { state.progress = data; },
  llm_thinking: (state, data) => { state.thinking = data.accumulated ?? state.thinking + data.content; },
  llm_token: (state, data) => { state.text += data.token; },
  tool_call: (state, data) => { state.toolCalls.push(data); },
  image_ready: (state, data) => { state.images.set(JSON.stringify([data.block_id, data.url]), data); },
  llm_final: (state, data) => { state.final = data; state.thinking = data.thinking || state.thinking; },
  answer_restarted: (state, data) => {
    state.text = firstCharacters(state.text, data.keep);
    if (data.reason === "snapshot") { // all that makes up the answer so far comes again
      Object.assign(state, { thinking: "", toolCalls: [], images: new Map(), final: null });
    }
  },
  stream_resumed: (state, data) => {
    state.resumed = true;
    if (data.source === "rerun") Object.assign(state, { thinking: "", toolCalls: [] });
  },
};

/** The first `count` characters, of which some take two places in a JavaScript string. */
function firstCharacters(text, count) {
  let at = 0;
  for (let left = count; left > 0 && at < text.length; left -= 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return text.slice(0, at);
}
