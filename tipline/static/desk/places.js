/* What scrolls keeps its place when the same tip comes again, whichever element scrolls at this width; what was opened
   in it stays open, and what was typed and not sent stays typed (composing.js: where it has a draft). Another tip
   begins with its newest message. The list stays where it was. */
import { all, one, shown } from "./dom.js";

const SCROLLS = [".tip-body", ".talk", ".side"];
let before = null; // how the page looked before a swap
let listAt = null; // how far the list was scrolled when a tip took its place: one pane

function narrow() {
  return !shown(one(".list")) || !shown(one(".tip"));
}
function tipId() {
  const tip = one("#tip[data-tip]");
  return tip ? tip.getAttribute("data-tip") : "";
}
function asked() {
  const list = one(".list");
  return list ? list.getAttribute("data-q") : null;
}
function topOf(selector) {
  const element = one(selector);
  return element ? element.scrollTop : 0;
}

/* Fields of the open tip for words that nothing else keeps, by what tells one from another. */
function fields() {
  return all("#tip textarea:not([data-draft]), #tip input[type=text]");
}
function nameOf(field) {
  return [field.id, field.name, field.form?.getAttribute("action")].join(" ");
}

function typedBut(sent) {
  return fields()
    .filter((field) => field.value !== field.defaultValue && field.form !== sent)
    .map((field) => ({
      name: nameOf(field),
      value: field.value,
      from: field.selectionStart,
      to: field.selectionEnd,
    }));
}

function look(event) {
  const form = event.detail.requestConfig.elt;
  before = {
    tip: tipId(),
    tops: SCROLLS.map(topOf),
    y: window.scrollY,
    list: one(".list"),
    asked: asked(),
    rows: topOf(".rows"),
    tab: one(".composer > input:checked")?.id,
    opened: all("#tip details[open][id]").map((details) => details.id),
    typed: typedBut(form.closest("form")),
    sent: event.detail.xhr.status < 400 && form.matches("form") && !!one("[data-send]", form),
  };
  if (!before.tip && narrow()) {
    listAt = window.scrollY;
  }
}

/* Who wrote a note goes on with notes: the tab must not turn to the reader under their hands. */
function keepOpen() {
  const tab = before.tab && document.getElementById(before.tab);
  if (tab) {
    tab.checked = true;
  }
  before.opened.forEach((id) => {
    const details = document.getElementById(id);
    if (details) {
      details.open = true;
    }
  });
  before.typed.forEach((typed) => {
    const field = fields().filter((other) => nameOf(other) === typed.name)[0];
    if (!field || field.value !== field.defaultValue) {
      return;
    }
    field.value = typed.value;
    field.setSelectionRange(typed.from, typed.to);
  });
}

function keepPlace() {
  SCROLLS.forEach((selector, i) => {
    if (one(selector)) {
      one(selector).scrollTop = before.tops[i];
    }
  });
  if (narrow()) {
    window.scrollTo(0, before.y);
  }
  if (before.sent) {
    aboveComposer();
  }
}

function scroller(element) {
  let parent = element.parentElement;
  while (
    parent &&
    !(parent.scrollHeight > parent.clientHeight && /auto|scroll/.test(getComputedStyle(parent).overflowY))
  ) {
    parent = parent.parentElement;
  }
  return parent || document.scrollingElement;
}

/* What was just written is in sight. */
function aboveComposer() {
  const last = one(".conversation > li:last-child");
  const composer = one(".composer");
  if (!last || !composer) {
    return;
  }
  const at = last.getBoundingClientRect();
  const below = at.bottom + 16 - composer.getBoundingClientRect().top;
  if (below > 0 || at.top < 0) {
    scroller(last).scrollBy(0, below);
  }
}

function begin() {
  if (narrow()) {
    window.scrollTo(0, 0);
  }
  const messages = all(".conversation > .message");
  if (messages.length > 1) {
    messages[messages.length - 1].scrollIntoView({ block: "start" });
  }
}

function keepList() {
  const row = before.tip && document.getElementById(`row-${before.tip}`);
  if (before.list !== one(".list") && before.asked === asked() && one(".rows")) {
    one(".rows").scrollTop = before.rows;
  }
  if (!before.tip || tipId() || !narrow()) {
    return;
  }
  if (listAt !== null) {
    window.scrollTo(0, listAt);
  }
  if (row) {
    row.scrollIntoView({ block: listAt === null ? "center" : "nearest" });
  }
}

document.addEventListener("htmx:beforeSwap", look);

/* After a swap of what has this id, once the page says which pane is shown, and before anything gets the focus. */
export function keepPlaces(id) {
  if (id === "tip" || id === "list") {
    keepList();
  }
  if (id !== "tip" && id !== "conversation") {
    return;
  }
  if (tipId() && tipId() === before.tip) {
    keepOpen();
    keepPlace();
  } else if (tipId()) {
    begin();
  }
}

document.addEventListener("htmx:historyRestore", () => {
  if (tipId() && !narrow()) {
    begin();
  }
});
document.addEventListener("DOMContentLoaded", () => {
  if (tipId() && !window.location.hash) {
    begin();
  }
});
