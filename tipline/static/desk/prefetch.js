/* What is pressed while the list or the tip is on its way is kept, and done when it is there: nobody waits for a server
   to go on. It comes right after focus.js, before everything else that listens to keys. */
import { typing } from "./focus.js";

const LONGEST = 4000; // ms; after so long the keys are given to the page as it is
const SETTLES = 50; // ms; htmx settles what it swapped after 20
const PANES = ["tip", "list"];
let since = 0; // when the request left that is waited for
let form = null; // what sent it
let waited = null; // the request itself: the newest one
const newest = {}; // by pane: the request that left last
let kept = [];

function waits() {
  if (since && Date.now() - since > LONGEST) {
    over();
  }
  return !!since || kept.length > 0;
}

/* Words go on into a field, but not into one that has been sent and is about to go. */
function passes(element) {
  return typing(element) && !form?.contains(element);
}

function over() {
  since = 0;
  form = waited = null;
  window.setTimeout(go, 0); // after what the page itself does when it is drawn
}

function go() {
  while (kept.length && !since) {
    give(kept.shift());
  }
}

/* One key, and what a browser would do with it by itself. */
function give(pressed) {
  const element = document.activeElement || document.body;
  const key = pressed.key;
  const event = { key, ctrlKey: pressed.ctrl, bubbles: true, cancelable: true };
  if (!element.dispatchEvent(new KeyboardEvent("keydown", event)) || pressed.ctrl) {
    return;
  }
  const dialog = document.querySelector("dialog[open]");
  if (key === "Escape" && dialog) {
    dialog.close();
    return;
  }
  const field = document.activeElement;
  const types = key.length === 1 ? key : key === "Enter" && field.matches("textarea") ? "\n" : "";
  if ((types || key === "Backspace") && typing(field) && typeof field.selectionStart === "number") {
    let from = field.selectionStart;
    if (!types && from === field.selectionEnd) {
      from = Math.max(0, from - 1);
    }
    field.setRangeText(types, from, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (key === "Enter" && element.matches("a[href], button, summary")) {
    element.click();
  } else if (key === "Enter" && element.matches("input") && element.form) {
    element.form.requestSubmit();
  }
}

window.addEventListener(
  "keydown",
  (event) => {
    const ctrl = event.ctrlKey || event.metaKey;
    if (!event.isTrusted || event.isComposing || event.altKey) {
      return;
    }
    if (event.repeat && event.key === "Enter" && document.querySelector("dialog[open]")) {
      event.preventDefault();
      return;
    }
    if (ctrl && event.key !== "Enter" && event.key !== "k") {
      return;
    } // what sends, and the palette
    if (event.key.length > 1 && !["Enter", "Escape", "Backspace", "ArrowDown", "ArrowUp"].includes(event.key)) {
      return;
    }
    if (!waits() || (passes(document.activeElement) && !kept.length) || document.querySelector("dialog[open]")) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push({ key: event.key, ctrl });
  },
  true,
);

/* Who clicks into a field goes on there: keys of before don't land in it. */
document.addEventListener(
  "pointerdown",
  (event) => {
    if (typing(event.target)) {
      kept = [];
    }
  },
  true,
);

document.addEventListener("htmx:beforeRequest", (event) => {
  const asked = event.detail;
  const xhr = asked.xhr;
  const pane = asked.target.id;
  if (!PANES.includes(pane)) {
    return;
  }
  since = Date.now();
  form = asked.elt;
  newest[pane] = waited = xhr;
  /* Where an older answer drew the pane anew meanwhile, the newest goes to the one that is there now: htmx would give
     it to the one that left, and a click that somebody made would be lost. */
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState === 4 && xhr === newest[pane] && !asked.target.isConnected) {
      asked.target = document.getElementById(pane) || asked.target;
    }
  });
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (waited && event.detail.xhr === waited) {
    over();
  }
});
/* Where nothing is swapped, nothing settles: a refusal, a lost line, or the way to the sign-in. */
document.addEventListener("htmx:afterRequest", (event) => {
  const xhr = event.detail.xhr;
  if (!waited || xhr !== waited) {
    return;
  }
  if (!event.detail.successful) {
    kept = [];
    over();
    return;
  }
  window.setTimeout(() => {
    if (waited === xhr) {
      over();
    }
  }, SETTLES);
});
/* A question is answered by nobody who has not seen it. */
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "dialog-body") {
    kept = [];
    over();
  }
});
