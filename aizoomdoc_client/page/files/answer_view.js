/** Shows a question and its answer as far as it is there. */

import { AnswerState } from "./answer_state.js";
import { showMarkdown } from "./markdown.js";
import { texts } from "./texts.js";

/** What a frame may cost is what the last one took: long answers are drawn less often, and the page stays quick. */
const REST = 3;

export class AnswerView {
  state = new AnswerState();
  isLost = false;
  isGone = false;
  cannotStop = false;
  isSent;
  #asked;
  #parts;
  #drawing = 0;
  #drawn = () => {};

  /** `asked` has the question and the names of its files; `drawn` is called after each change of what is seen. */
  constructor(place, asked, isSent, drawn) {
    this.#asked = asked;
    this.isSent = isSent;
    this.#drawn = drawn;
    this.#parts = partsIn(place);
    this.draw();
  }

  get isRunning() {
    return !this.state.ending && !this.isGone;
  }

  /** One sentence on what happens. */
  get status() {
    const say = texts(), { state } = this;
    const end = state.ending;
    if (end?.name === "error") return say.errors[end.data.code] ?? end.data.message ?? say.errors.internal;
    if (end?.name === "answer_stopped") return say.stopped[end.data.reason] ?? say.stopped.requested;
    if (end) return state.resumed ? `${say.complete} ${say.resumed}` : say.complete;
    if (this.isGone) return say.gone;
    if (this.cannotStop) return say.cannotStop;
    if (this.isLost) return say.lost;
    if (!this.isSent) return say.sending;
    if (state.queue) return queueText(state.queue);
    if (state.text) return say.writing;
    return state.phase ? (say.phases[state.phase.phase] ?? state.phase.description) || say.waiting : say.waiting;
  }

  /** Applies an event and draws soon. */
  take(name, data) {
    this.cannotStop = false;
    this.state.fold(name, data);
    this.drawSoon();
  }

  drawSoon() {
    this.#drawing ||= setTimeout(() => requestAnimationFrame(() => this.#drawTimed()), this.#rest);
  }

  #rest = 0;

  #drawTimed() {
    const began = performance.now();
    this.draw();
    this.#rest = REST * (performance.now() - began);
  }

  draw() {
    this.#drawing = 0;
    const say = texts(), { state } = this, parts = this.#parts;
    parts.you.textContent = say.you;
    parts.question.textContent = this.#asked.question || say.noQuestion;
    setList(parts.files, this.#asked.files ?? [], (item, name) => { item.textContent = name; });
    parts.answer.textContent = say.answer;
    parts.status.textContent = this.status;
    parts.status.dataset.kind = state.ending?.name ?? (this.isGone ? "error" : this.isLost ? "lost" : "running");
    drawProgress(parts, this.isRunning ? state.progress : null);
    parts.thinkingTitle.textContent = say.thinking;
    parts.thinkingBox.hidden = !state.thinking;
    showMarkdown(parts.thinking, state.thinking);
    parts.text.setAttribute("aria-busy", String(this.isRunning));
    showMarkdown(parts.text, state.text);
    setList(parts.tools, this.isRunning ? state.toolCalls.slice(-1) : [], (item, call) => {
      item.textContent = say.asksFor(say.tools[call.tool] ?? call.tool);
    });
    this.#drawEvidence(say);
    this.#drawn(this);
  }

  #drawEvidence(say) {
    const { final, images } = this.state, parts = this.#parts;
    const grounding = say.grounding[final?.grounding];
    section(parts.images, say.pictures, [...images.values()].filter((image) => isWeb(image.url)), drawImage);
    section(parts.sources, say.sources, final?.sources ?? [], (item, source) => {
      item.textContent = source.page ? `${source.document}, ${say.page(source.page)}` : source.document;
    });
    section(parts.notes, say.notes, [...(grounding ? [grounding] : []), ...(final?.notes ?? [])], (item, note) => {
      item.textContent = note;
    });
  }
}

let count = 0;

function partsIn(place) {
  const article = document.createElement("article");
  const number = (count += 1);
  const make = (tag, className, parent = article) => {
    const element = document.createElement(tag);
    element.className = className;
    return parent.appendChild(element);
  };
  const titled = (name) => {
    const box = make("section", name);
    return { box, title: make("h3", "", box), list: make("ul", "", box) };
  };
  const parts = { you: make("h2", "unseen"), question: make("p", "question"), files: make("ul", "files"), answer: make("h3", "unseen") };
  parts.you.id = `question-${number}`;
  article.setAttribute("aria-labelledby", parts.you.id);
  parts.status = make("p", "state");
  parts.progress = make("progress", "progress");
  parts.tools = make("ul", "tools");
  parts.thinkingBox = make("details", "thinking");
  parts.thinkingTitle = make("summary", "", parts.thinkingBox);
  parts.thinking = make("div", "markdown", parts.thinkingBox);
  parts.text = make("div", "markdown text");
  for (const name of ["images", "sources", "notes"]) parts[name] = titled(name);
  place.append(article);
  return parts;
}

function section({ box, title, list }, heading, items, drawItem) {
  box.hidden = !items.length;
  title.textContent = heading;
  setList(list, items, drawItem);
}

function setList(list, items, drawItem) {
  list.hidden = !items.length;
  while (list.children.length > items.length) list.lastChild.remove();
  items.forEach((item, at) => drawItem(list.children[at] ?? list.appendChild(document.createElement("li")), item));
}

function drawImage(item, image) {
  const about = image.reason || `${texts().picture} ${image.block_id}`;
  let picture = item.querySelector("img");
  if (!picture) {
    const link = item.appendChild(document.createElement("a"));
    Object.assign(link, { href: image.url, target: "_blank", rel: "noopener noreferrer" });
    picture = link.appendChild(document.createElement("img"));
    Object.assign(picture, { referrerPolicy: "no-referrer", loading: "lazy", src: image.url });
    if (image.width) picture.width = image.width;
    if (image.height) picture.height = image.height;
  }
  picture.alt = about;
}

function drawProgress(parts, progress) {
  parts.progress.hidden = !progress;
  if (progress) {
    parts.progress.value = progress.progress;
    parts.progress.setAttribute("aria-label", progress.message || parts.status.textContent);
  }
}

function queueText(queue) {
  const say = texts(), seconds = queue.estimated_wait_seconds;
  return seconds ? `${say.queue(queue)}, ${say.wait(Math.round(seconds))}` : say.queue(queue);
}

function isWeb(url) {
  return URL.canParse(url) && ["https:", "http:"].includes(new URL(url).protocol);
}
