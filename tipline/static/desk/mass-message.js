/* A message to many: saved while one types, for its author alone; saved replies and placeholders go where the cursor is.
   Without it buttons do the same. What the server does not have yet lies in the tab. */
import { all } from "./dom.js";
import { focus } from "./focus.js";

const PAUSE = 1200; // ms without a key before it is saved
const LEAVES = 60000; // bytes that browsers still send for a page that is left
const AGAIN = 15000; // ms after which a failed save is tried again
const field = document.getElementById("text");
const sends = document.querySelector(".sends");
const PLACE = `tipline.write:${(field || sends || document.body).getAttribute("data-kept")}`; // of these tips alone
let timer = 0;
let busy = null; // the save that is on its way
let dirty = false;

/* With the draft that it goes on from, and which version of it: another window may have saved since. */
function keep() {
  const names = field.form.elements;
  const entry = JSON.stringify([field.value, names.submission.value, names.draft.value]);
  try {
    window.sessionStorage.setItem(PLACE, entry);
  } catch (_e) {
    /* private window */
  }
}
function kept() {
  try {
    return JSON.parse(window.sessionStorage.getItem(PLACE));
  } catch (_e) {
    return null;
  }
}
function forget() {
  try {
    window.sessionStorage.removeItem(PLACE);
  } catch (_e) {
    /* as above */
  }
}

function tell(name) {
  const place = document.querySelector(".draft-state");
  place.textContent = name ? place.getAttribute(`data-${name}`) : "";
  place.classList.toggle("bad", name === "failed");
}

function typed() {
  keep();
  dirty = true;
  tell("unsaved");
  window.clearTimeout(timer);
  timer = window.setTimeout(save, PAUSE);
}

function save() {
  window.clearTimeout(timer);
  timer = 0;
  if (!dirty || busy) {
    return;
  }
  const text = field.value;
  const body = new URLSearchParams(new FormData(field.form));
  busy = window
    .fetch(field.getAttribute("data-save"), {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      keepalive: body.toString().length < LEAVES, // a page that is left still sends it
    })
    .then((response) => {
      if (!response.ok) {
        throw new Error("not saved");
      }
      return response.json();
    })
    .then((answer) => {
      saved(answer, text);
    }, failed)
    .then(() => {
      busy = null;
      if (dirty && !timer) {
        save();
      }
    });
}

function saved(answer, text) {
  field.form.elements.submission.value = answer.submission;
  field.form.elements.draft.value = answer.version;
  dirty = field.value !== text;
  if (dirty) {
    keep();
    return;
  }
  forget();
  tell(answer.version ? "saved" : "");
}

function failed() {
  tell("failed");
  timer = window.setTimeout(save, AGAIN);
}

function put(text) {
  focus(field);
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  typed();
}

document.addEventListener("click", (event) => {
  const puts = event.target.closest?.("[data-puts]");
  if (!puts || !field) {
    return;
  }
  event.preventDefault();
  const menu = puts.closest("details");
  if (menu) {
    menu.open = false;
  }
  put(puts.getAttribute("data-puts"));
});

if (field) {
  all("code[data-puts]").forEach((code) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = code.textContent;
    button.setAttribute("data-puts", code.getAttribute("data-puts"));
    code.replaceWith(button);
  });
  const entry = kept();
  if (entry && entry[0] !== field.value) {
    // the server has not got it yet
    field.value = entry[0];
    field.form.elements.submission.value = entry[1];
    field.form.elements.draft.value = entry[2];
  } else {
    forget();
  }
  if (field.value !== field.defaultValue || (field.value && !field.form.elements.draft.value)) {
    typed();
  }
  field.addEventListener("input", typed);
  window.addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      save();
    }
  });
  /* The form is sent when its draft is at rest: what it sends is saved too, over the version that it knows. */
  field.form.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    if (busy) {
      event.preventDefault();
      event.stopPropagation(); // it has not left: a press that waits is no second one
      busy.then(() => {
        dirty = false;
        field.form.requestSubmit(event.submitter);
      });
      return;
    }
    dirty = false;
    if (event.submitter && event.submitter.name === "away") {
      forget();
    }
  });
}

if (sends) {
  const had = kept();
  if (had && had[0] === sends.elements.text.value) {
    forget();
  }
  sends.addEventListener("submit", forget);
}
