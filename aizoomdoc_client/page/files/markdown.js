/** Markdown of models as HTML. The text is hostile: no HTML of its own, no pictures, no addresses but those of web and mail. */

import { keepFigures } from "./answer_syntax.js";
import MarkdownIt from "./vendor/markdown-it.esm.min.js";

const ADDRESS = /^(https?:\/\/|mailto:)/i;
const markdown = new MarkdownIt({ html: false, linkify: false, maxNesting: 20 });
// A picture would be loaded at once, from an address that can tell others what stands in documents.
markdown.disable("image");
keepFigures(markdown);
markdown.validateLink = (address) => ADDRESS.test(address.trim());
markdown.renderer.rules.link_open = (tokens, at, options, environment, self) => {
  tokens[at].attrSet("target", "_blank");
  tokens[at].attrSet("rel", "noopener noreferrer nofollow");
  return self.renderToken(tokens, at, options);
};
for (const rule of ["th_open", "td_open"]) {
  // The page's policy forbids styles in attributes.
  markdown.renderer.rules[rule] = (tokens, at, options, environment, self) => {
    const style = tokens[at].attrGet("style");
    tokens[at].attrs = style ? [["class", style.replace("text-align:", "to-the-")]] : null;
    return self.renderToken(tokens, at, options);
  };
}
for (const rule of ["heading_open", "heading_close"]) {
  // Headings of answers stand below those of the page.
  markdown.renderer.rules[rule] = (tokens, at, options, environment, self) => {
    const level = Math.min(Number(tokens[at].markup.startsWith("=") ? 1 : tokens[at].markup.startsWith("-") ? 2 : tokens[at].markup.length) + 2, 6);
    tokens[at].tag = `h${level}`;
    return self.renderToken(tokens, at, options);
  };
}
markdown.renderer.rules.bullet_list_open = (tokens, at, options, environment, self) => {
  // Behind a bullet, the figure of "- 27" would have lost its sign.
  if (tokens[at].markup === "-") tokens[at].attrJoin("class", "dashed");
  return self.renderToken(tokens, at, options);
};
markdown.renderer.rules.ordered_list_open = (tokens, at, options, environment, self) => {
  const longest = Math.max(...itemsOf(tokens, at).map((item) => item.info.length));
  if (longest > 2) tokens[at].attrJoin("class", longest > 5 ? "widest" : "wide");
  return self.renderToken(tokens, at, options);
};
markdown.renderer.rules.list_item_open = (tokens, at, options, environment, self) => {
  const { info, markup } = tokens[at];
  if (info) {
    // The number as it is written; where no styles for markers are known, its value.
    tokens[at].attrSet("value", String(Number(info)));
    tokens[at].attrSet("data-marker", info + markup);
  }
  return self.renderToken(tokens, at, options);
};

function itemsOf(tokens, list) {
  const level = tokens[list].level;
  const end = tokens.findIndex((token, at) => at > list && token.level === level);
  return tokens.slice(list, end).filter((token) => token.type === "list_item_open" && token.level === level + 1);
}

const trusted = globalThis.trustedTypes?.createPolicy("markdown", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

/** Shows `text` in `place`, whose blocks that stay the same are not touched, so that what is selected in them stays selected. */
export function showMarkdown(place, text) {
  const blocks = blocksOf(text);
  const shown = place.children;
  blocks.forEach((html, at) => {
    const block = shown[at] ?? place.appendChild(document.createElement("div"));
    if (block.shownHtml !== html) {
      block.innerHTML = trusted.createHTML(html);
      block.shownHtml = html;
    }
  });
  while (shown.length > blocks.length) shown[blocks.length].remove();
  for (const block of shown) letScrollByKeyboard(block);
}

function blocksOf(text) {
  const environment = {};
  const tokens = markdown.parse(text, environment);
  const blocks = [];
  let depth = 0, from = 0;
  tokens.forEach((token, at) => {
    depth += token.nesting;
    if (depth === 0) {
      blocks.push(markdown.renderer.render(tokens.slice(from, at + 1), markdown.options, environment));
      from = at + 1;
    }
  });
  return blocks;
}

function letScrollByKeyboard(block) {
  const inside = block.firstElementChild;
  const wide = inside?.tagName === "PRE" ? inside : inside?.tagName === "TABLE" ? block : null;
  if (wide && wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
}
