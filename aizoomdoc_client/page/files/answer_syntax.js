/**
 * CommonMark for answers about figures: markup that would take a digit, a sign or an operator away is shown as text.
 * The rules are those of the terminal's `answer_syntax.py`.
 */

import MarkdownIt from "./vendor/markdown-it.esm.min.js";

const COMPARISON = /^>(?:=|[-+−±~≈]?[0-9])/;
const WORD = /[\p{L}\p{M}\p{N}]/u;
const CLOSES_OPERAND = ")]}%‰°′″", OPENS_OPERAND = "(√";
const SIGN_AND_DIGIT = /^[-+−][0-9]/;
const DIGIT_IN_NEXT_LINE = /(\n[ \t]*)[*_~`]*[0-9]/y;
const LATEX_SPACE = /\\[,;:!](?=[0-9])/y;
const DELIMITER_RUN = /\*+|_+|~+/y;

/** Adds the rules to a parser with all of CommonMark, tables and `~~`. */
export function keepFigures(markdown) {
  const { block: { ruler: block }, inline: { ruler: inline } } = markdown;
  block.at("table", tableOfWholeRows, { alt: ["paragraph", "reference"] });
  block.at("blockquote", quotation, { alt: ["paragraph", "reference", "blockquote", "list"] });
  block.at("lheading", underlinedHeading);
  inline.before("newline", "figure_lines", breakBetweenFigures);
  inline.before("escape", "latex_space", latexSpace);
  inline.before("strikethrough", "operator", operator);
}

/** The library's own rule of this name; a parser with no other one tells it. */
function builtIn(name) {
  const { ruler } = new MarkdownIt().block;
  ruler.enableOnly(name);
  return ruler.getRules("")[0];
}

const table = builtIn("table"), blockquote = builtIn("blockquote"), lheading = builtIn("lheading");

/** A table in which cells beyond the last column stand in the last one, as they are written; the library drops them. */
function tableOfWholeRows(state, start, end, silent) {
  const first = state.tokens.length;
  if (!table(state, start, end, silent)) return false;
  let line = start, row = [];
  for (const token of state.tokens.slice(first)) {
    if (token.type === "inline") row.push(token);
    if (token.type !== "tr_close") continue;
    const beyond = cellsOf(lineOf(state, line)).slice(row.length).map((cell) => cell.trim());
    const last = row.at(-1);
    last.content = [last.content, ...beyond].join(" | ");
    line += line === start ? 2 : 1;
    row = [];
  }
  return true;
}

function cellsOf(line) {
  const cells = [""];
  for (const part of line.replace(/^\|/, "").match(/\\\||[^]/g) ?? []) {
    if (part === "|") cells.push("");
    else cells[cells.length - 1] += part === "\\|" ? "|" : part;
  }
  return cells.at(-1) === "" ? cells.slice(0, -1) : cells;
}

/** A quotation, but for `>7` and `>=7`; after a space any text can be quoted. */
function quotation(state, start, end, silent) {
  return !COMPARISON.test(lineOf(state, start)) && blockquote(state, start, end, silent);
}

/** A heading above a line of at least two signs; a single `-` or `=` below a figure belongs to a calculation. */
function underlinedHeading(state, start, end, silent) {
  const count = state.tokens.length;
  if (!lheading(state, start, end, silent)) return false;
  if (lineOf(state, state.line - 1).length > 1) return true;
  state.tokens.length = count;
  state.line = start;
  return false;
}

/** A line without the marks of the lists and quotations around it. */
function lineOf(state, number) {
  return state.src.slice(state.bMarks[number] + state.tShift[number], state.eMarks[number]).trim();
}

/** A line break between two figures stays one: as a space it would make one figure, with a space for its thousands. */
function breakBetweenFigures(state, silent) {
  const found = matchAt(DIGIT_IN_NEXT_LINE, state.src, state.pos);
  const above = state.src.slice(Math.max(0, state.pos - 8), state.pos);
  if (!found || above.endsWith("  ") || !/[0-9][ *_~`]*$/.test(above)) return false;
  if (!silent) {
    state.pending = state.pending.replace(/ +$/, "");
    state.push("hardbreak", "br", 0);
  }
  state.pos += found[1].length;
  return true;
}

/** LaTeX's spaces within a figure are text: `12\,000` would become 12,000. */
function latexSpace(state, silent) {
  const found = matchAt(LATEX_SPACE, state.src, state.pos);
  return Boolean(found) && /[0-9]/.test(state.src[state.pos - 1]) && asText(state, silent, found[0]);
}

/** Signs of emphasis between two operands are text: 50*50*5 would become 50505. */
function operator(state, silent) {
  const { src, pos, posMax } = state;
  const found = matchAt(DELIMITER_RUN, src, pos);
  if (!found) return false;
  const run = found[0].slice(0, posMax - pos), end = pos + run.length;
  const before = [...src.slice(Math.max(0, pos - 2), pos)].at(-1) ?? "";
  return isOperator(before, run, src.slice(end, Math.min(end + 2, posMax))) && asText(state, silent, run);
}

function asText(state, silent, text) {
  if (!silent) state.pending += text;
  state.pos += text.length;
  return true;
}

/** Whether `run` has operands on both sides: between letters and digits any run, beside brackets and signs `*` alone. */
function isOperator(before, run, after) {
  const next = [...after][0] ?? "";
  const followsWord = WORD.test(before), precedesWord = WORD.test(next);
  if (run !== "*") return followsWord && precedesWord;
  const isBefore = followsWord || (before !== "" && CLOSES_OPERAND.includes(before));
  const isNegative = /^[0-9)]$/.test(before) && SIGN_AND_DIGIT.test(after);
  return isBefore && (precedesWord || (next !== "" && OPENS_OPERAND.includes(next)) || isNegative);
}

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
