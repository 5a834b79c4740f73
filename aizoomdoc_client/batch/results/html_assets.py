"""What a page of results looks like and how its filter works: the only style and the only script that its policy allows."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["POLICY", "SCRIPT", "STYLE"]

STYLE = """
:root { color-scheme: light dark; --text: #1c2733; --dim: #55636f; --back: #f4f6f8; --card: #fff; --line: #d5dce2; --link:
  #0b57a4; --bad: #a3201d; --bad-back: #fdeceb; --mark: #e6edf4; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e8ed; --dim: #a3b0bb; --back: #14191e; --card: #1d242b; --line: #37424c; --link: #7fb8f0; --bad:
    #ff9d96; --bad-back: #3a1f1f; --mark: #2a343e; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--back); color: var(--text); font: 1rem/1.5
  system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 0 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
h4, h5, h6 { font-size: 1rem; margin: .75rem 0 .25rem; }
a { color: var(--link); }
a:focus-visible, input:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { color: var(--dim); }
dd { grid-column: 2; margin: 0; }
.document, .failures { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin:
  1rem 0; }
.failures { border-color: var(--bad); }
.document { content-visibility: auto; contain-intrinsic-size: auto 20rem; }
.answer { border-top: 1px solid var(--line); padding: .75rem 0; }
.state-failed > .error, .state-skipped > .error { background: var(--bad-back); color: var(--bad); padding: .5rem;
  border-radius: .25rem; }
.text { unicode-bidi: isolate; overflow-x: auto; }
.text > :first-child { margin-top: 0; }
.dashed { list-style-type: "– "; }
.meta, .note { color: var(--dim); font-size: .9rem; margin: .25rem 0; }
.places { color: var(--dim); font-size: .9rem; }
.places ul { margin: 0; padding-left: 1.25rem; }
pre { white-space: pre-wrap; }
pre, code { background: var(--mark); border-radius: .25rem; }
pre { padding: .5rem; }
code { padding: 0 .2em; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1rem; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; }
th.align-right, td.align-right { text-align: right; }
th.align-center, td.align-center { text-align: center; }
.filter { position: sticky; top: 0; z-index: 1; background: var(--back); padding: .5rem 0; }
.filter input { width: 100%; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--dim);
  border-radius: .25rem; padding: .5rem; }
[hidden] { display: none !important; }
@media (max-width: 30rem) {
  body { padding: .5rem; }
  .document, .failures { padding: .75rem; }
  dl { grid-template-columns: 1fr; }
  dd { grid-column: 1; margin-bottom: .35rem; }
}
@media print {
  :root { --text: #000; --dim: #444; --back: #fff; --card: #fff; --line: #999; --link: #000; --bad: #900; --bad-back: #fff;
    --mark: #eee; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .filter, .skip { display: none; }
  .document { content-visibility: visible; border: 0; padding: 0; }
  h2, h3 { break-after: avoid; }
  .answer { break-inside: avoid-page; }
}
"""

SCRIPT = """
(function () {
  var box = document.getElementById('filter'), none = document.getElementById('no-match');
  var all = Array.prototype.slice.call(document.querySelectorAll('.document, .failures li')), texts = null, waiting = 0;
  function show() {
    var words = box.value.trim().toLowerCase(), found = 0;
    texts = texts || all.map(function (each) { return each.textContent.toLowerCase(); });
    all.forEach(function (each, i) {
      each.hidden = texts[i].indexOf(words) < 0;
      if (!each.hidden && each.className === 'document') { found += 1; }
    });
    none.hidden = found > 0;
  }
  box.parentNode.hidden = false;
  box.addEventListener('input', function () { clearTimeout(waiting); waiting = setTimeout(show, 120); });
})();
"""


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


POLICY = f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
"""The page loads nothing, and runs nothing but its own script, whatever stands in an answer."""
