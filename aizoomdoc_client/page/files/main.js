/** The page: one chat, its questions below one another, and the form for the next one. */

import { AnswerView } from "./answer_view.js";
import { address, addressed, addressNone, onQuestions, questionsOf, remember } from "./asked.js";
import { chooseLanguage, chosenLanguage, texts, writeTexts } from "./texts.js";

const part = (id) => document.getElementById(id);
const NEAR_END = 120;
let chat = "";
let backend = null; // the module that asks
let isLoggedIn = false;
let turns = []; // of {stream, view, following}

const last = () => turns.at(-1);
const isRunning = () => last()?.view.isRunning ?? false;

/** Says something to who hears the page, not more often than something new happens. */
function announce(text) {
  if (part("announcer").textContent !== text) part("announcer").textContent = text;
}

/** Keeps the end of the answer in sight of who was there. */
function keepingEnd(change) {
  const root = document.scrollingElement;
  const wasThere = root.scrollHeight - root.scrollTop - root.clientHeight < NEAR_END;
  change();
  if (wasThere) root.scrollTop = root.scrollHeight;
}

function drawn(view) {
  if (view === last()?.view) drawForm();
}

function drawForm() {
  part("ask").hidden = !isLoggedIn;
  part("login").hidden = isLoggedIn;
  part("welcome").hidden = turns.length > 0;
  part("send").disabled = isRunning();
  part("new-chat").disabled = isRunning() && !last().stream; // no address leads back to a chat that is not made yet
  const stop = part("stop"), hadFocus = document.activeElement === stop;
  stop.hidden = !(isRunning() && last().stream);
  if (hadFocus && stop.hidden) part("question").focus();
}

function addTurn(asked) {
  const turn = { stream: asked.stream, view: null, following: null };
  turn.view = new AnswerView(part("answers"), asked, Boolean(asked.stream), drawn);
  turns.push(turn);
  return turn;
}

function follow(turn) {
  const { view } = turn;
  let said = "";
  const changed = () => {
    keepingEnd(() => view.drawSoon());
    const says = view.isRunning && view.state.progress ? said : view.status; // no one wants to hear percentages
    if (says !== said && turn === last()) announce((said = says));
  };
  turn.following = backend.follow(turn.stream, {
    event: (name, data) => { view.take(name, data); changed(); },
    lost: () => { view.isLost = true; changed(); },
    back: () => { view.isLost = false; changed(); },
    gone: () => { view.isGone = true; changed(); },
  }, chat);
}

/** Shows the chat that the address names, with what was asked in it. */
function showAddressed() {
  for (const turn of turns) turn.following?.close();
  turns = [];
  part("answers").replaceChildren();
  const named = addressed();
  ({ chat } = named);
  const known = chat ? questionsOf(chat) : [];
  for (const asked of known) addTurn(asked);
  if (named.stream && !known.some((asked) => asked.stream === named.stream)) addTurn({ stream: named.stream, question: "" });
  // The last one first: a browser opens six connections to a host at a time.
  for (const turn of turns.toReversed()) follow(turn);
  drawForm();
}

/** Shows what another tab asked in this chat. */
function showNew(changedChat) {
  if (changedChat !== chat) return;
  const shown = new Set(turns.map((turn) => turn.stream));
  for (const asked of questionsOf(chat)) {
    if (!shown.has(asked.stream)) follow(addTurn(asked));
  }
  drawForm();
}

/** Shows the answer to a question that was sent, in the chat that the reader has not left meanwhile. */
function show(turn, begun) {
  ({ chat } = begun);
  turn.stream = begun.stream;
  turn.view.isSent = true;
  follow(turn);
  address(chat, turn.stream);
}

async function ask() {
  const question = part("question").value.trim();
  if (!question || isRunning()) return;
  const files = [...part("files").files];
  const asked = { question, files: files.map((file) => file.name) };
  const turn = addTurn(asked);
  drawForm();
  document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  announce(texts().sending);
  try {
    const begun = await backend.ask(question, chat, files);
    if (turns.includes(turn)) show(turn, begun); // before other tabs hear of it
    remember(begun.chat, { ...asked, stream: begun.stream });
    if (part("question").value.trim() === question) part("ask").reset(); // else the next one is being written
  } catch (error) {
    turn.view.take("error", { code: error.code });
    announce(turn.view.status);
  }
  turn.view.draw();
}

async function stop() {
  const { stream, view } = last();
  view.cannotStop = !(await backend.stop(stream, chat)) && view.isRunning;
  if (view.cannotStop) {
    view.draw();
    announce(view.status);
  }
}

/** Lets in with the token given, or with the one that is remembered. */
async function logIn(token) {
  const isIn = await backend.logIn(token);
  const hadForm = !part("login").hidden;
  part("refused").textContent = isIn === null ? texts().errors.unreachable : token && !isIn ? texts().wrongToken : "";
  isLoggedIn = Boolean(isIn);
  if (isLoggedIn) showAddressed();
  else drawForm();
  if (hadForm) part(isLoggedIn ? "question" : "token").focus();
}

function changeLanguage() {
  chooseLanguage(part("language").value);
  writeTexts(document);
  for (const { view } of turns) view.draw();
}

part("ask").addEventListener("submit", (event) => { event.preventDefault(); void ask(); });
part("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("ask").requestSubmit();
});
part("stop").addEventListener("click", () => void stop());
part("new-chat").addEventListener("click", () => { addressNone(); showAddressed(); part("question").focus(); });
part("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the chat
  part(isLoggedIn ? "question" : "token").focus();
});
part("language").addEventListener("change", changeLanguage);
addEventListener("hashchange", () => { if (isLoggedIn) showAddressed(); });
onQuestions(showNew);
part("login").addEventListener("submit", (event) => { event.preventDefault(); void logIn(part("token").value.trim()); });
/** Begins; the questions go to `chosen`, a module. */
export function start(chosen) {
  backend = chosen;
  isLoggedIn = !backend.needsToken;
  part("language").value = chosenLanguage();
  writeTexts(document);
  if (isLoggedIn) showAddressed();
  else void logIn();
}
