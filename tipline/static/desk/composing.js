/* The composer: drafts saved while one types, files attached when chosen, saved replies by /name.
   Without it the same is done by buttons. */
import { all, one } from "./dom.js";
import { focus, focusLate } from "./focus.js";
import { offerNames } from "./suggestions.js";

const PAUSE = 1200; // ms without a key before a draft is saved
const LEAVES = 60000; // bytes that browsers still send for a page that is left
const AGAIN = 15000; // ms after which a failed save is tried again
const kept = {}; // by tip and kind: what was typed, and which version of it the server has

function keyOf(field) {
  return field.getAttribute("data-draft");
}
function fieldOf(key) {
  return one(`[data-draft="${key}"]`);
}
function said(name) {
  return one("#composer").getAttribute(`data-${name}`);
}

/* ---- drafts ---- */

function tell(key, name) {
  const field = fieldOf(key);
  const place = field && one(".draft-state");
  if (place) {
    place.textContent = name ? said(name) : "";
    place.classList.toggle("bad", name === "failed" || name === "gone");
  }
}

function versionField(key) {
  const field = fieldOf(key);
  return field?.form.elements.draft;
}

/* The list's row says that there is a draft; the server draws it so the next time. */
function markRow(key, begun) {
  const row = document.getElementById(`row-${key.split(":")[0]}`);
  const end = row && one(".marks .end", row);
  if (!end || !one("#composer")) {
    return;
  }
  let mark = one(".begun", end);
  if (begun && !mark) {
    mark = document.createElement("span");
    mark.className = "begun";
    mark.textContent = said("begun");
    end.insertBefore(mark, end.firstChild);
  } else if (
    !begun &&
    mark &&
    !Object.keys(kept).some((k) => k !== key && k.split(":")[0] === key.split(":")[0] && kept[k].text.trim())
  ) {
    mark.remove();
  }
}

function body(key) {
  const state = kept[key];
  const data = new URLSearchParams();
  data.set("compose", key.split(":")[1]);
  data.set("text", state.text);
  data.set("draft", state.version);
  data.set("csrf_token", state.token);
  return data;
}

function isLong(key) {
  return body(key).toString().length > LEAVES;
}

function save(key) {
  const state = kept[key];
  window.clearTimeout(state.timer);
  if (!state.dirty || state.stuck || state.gone) {
    return;
  }
  if (state.busy) {
    state.again = true;
    return;
  }
  const text = state.text;
  state.busy = window
    .fetch(state.url, {
      method: "POST",
      body: body(key),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      keepalive: !isLong(key), // a page that is left still sends it
    })
    .then((response) => {
      if (response.status === 403 || response.status === 404) {
        gone(key);
        return;
      }
      const typed = (response.headers.get("Content-Type") || "").includes("json");
      if (!typed) {
        throw new Error("signed out");
      }
      return response.json().then((answer) => {
        saved(key, response.status, answer, text);
      });
    })
    .catch(() => {
      failed(key);
    })
    .then(() => {
      state.busy = null;
      if (state.again) {
        state.again = false;
        save(key);
      }
    });
}

function saved(key, status, answer, text) {
  const state = kept[key];
  if (!state) {
    return;
  } // sent meanwhile
  if (status === 409) {
    stuck(key, answer);
    return;
  }
  if (status !== 200) {
    tell(key, "failed");
    return;
  } // too long: no use to try the same again
  state.version = answer.version;
  state.dirty = state.text !== text;
  const version = versionField(key);
  if (version) {
    version.value = answer.version;
  }
  tell(key, state.dirty ? "unsaved" : answer.version ? "saved" : "");
  markRow(key, !!answer.version);
}

function failed(key) {
  tell(key, "failed");
  kept[key].timer = window.setTimeout(() => {
    save(key);
  }, AGAIN);
}

/* Erased, moved, or not theirs any more: to ask again is no use, and the words are in the field alone. */
function gone(key) {
  if (!kept[key]) {
    return;
  }
  kept[key].gone = true;
  tell(key, "gone");
}

/* Another window saved since: nothing is overwritten before a person has chosen. */
function stuck(key, answer) {
  const field = fieldOf(key);
  kept[key].stuck = answer;
  tell(key, "unsaved");
  if (!field) {
    return;
  }
  const box = one(".other-window", field.form);
  one(".said", box).textContent = answer.said;
  one(".words", box).textContent = answer.text;
  one("[data-take]", box).hidden = !answer.text;
  box.hidden = false;
}

function choose(button) {
  const field = one("[data-draft]", button.form);
  const state = kept[keyOf(field)];
  const box = one(".other-window", button.form);
  if (state.stuck) {
    state.version = state.stuck.version;
  }
  if (button.hasAttribute("data-take")) {
    field.value = state.text = one(".words", box).textContent;
  }
  state.stuck = null;
  state.dirty = true;
  box.hidden = true;
  focus(field);
  save(keyOf(field));
}

/* Fields that have come: what is typed and not saved yet stands before what the server drew. */
function take() {
  all("[data-draft]").forEach((field) => {
    const key = keyOf(field);
    const state = kept[key];
    if (state?.dirty && !state.sent) {
      field.value = state.text;
      versionField(key).value = state.version;
      one(`#${field.getAttribute("data-tab")}`).checked = true;
      if (state.stuck) {
        stuck(key, state.stuck);
      }
      return;
    }
    if (state) {
      window.clearTimeout(state.timer);
    }
    const there = !one(".other-window", field.form).hidden;
    kept[key] = {
      text: field.value,
      version: versionField(key).value,
      url: field.getAttribute("data-save"),
      token: field.form.elements.csrf_token.value,
      dirty: false,
      stuck: there
        ? {
            version: versionField(key).value,
            text: one(".other-window .words", field.form).textContent,
            said: one(".other-window .said", field.form).textContent,
          }
        : null,
    };
  });
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-draft]")) {
    return;
  }
  const key = keyOf(field);
  const state = kept[key];
  state.text = field.value;
  state.dirty = true;
  if (state.gone) {
    return;
  }
  tell(key, "unsaved");
  window.clearTimeout(state.timer);
  state.timer = window.setTimeout(() => {
    save(key);
  }, PAUSE);
});

function saveAll() {
  Object.keys(kept).forEach(save);
}
window.addEventListener("pagehide", saveAll);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    saveAll();
  }
});
window.addEventListener("beforeunload", (event) => {
  const lost = Object.keys(kept).some((key) => {
    const state = kept[key];
    return state.dirty && state.text.trim() && (state.stuck || state.gone || isLong(key));
  });
  if (lost) {
    event.preventDefault();
  }
});

/* A form is sent when its draft is at rest, or a late one would come back after it. */
document.addEventListener("htmx:confirm", (event) => {
  const field = event.target.matches(".composer form") && one("[data-draft]", event.target);
  const state = field && kept[keyOf(field)];
  if (!state) {
    return;
  }
  window.clearTimeout(state.timer);
  if (!state.busy) {
    return;
  }
  event.preventDefault();
  state.again = false;
  state.busy.then(() => {
    event.detail.issueRequest(true);
  });
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target;
  const xhr = event.detail.xhr;
  if (!form.matches(".composer form")) {
    return;
  }
  form.classList.add("leaving");
  xhr.addEventListener("load", () => {
    // a form that is not on the page any more is told nothing by htmx
    if (!form.isConnected && xhr.status < 400 && new URL(xhr.responseURL).pathname !== "/login") {
      sent(form);
    }
  });
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches(".composer form")) {
    event.target.classList.remove("leaving");
  }
});

/* What the form sent is what the page that comes holds, or what has left. Where another tip was opened meanwhile no
   page comes, and it must not stand there as a draft when one returns. */
function sent(form) {
  const field = one("[data-draft]", form);
  if (field) {
    kept[keyOf(field)].dirty = false;
  }
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig.elt;
  if (form?.matches(".composer form") && event.detail.shouldSwap) {
    sent(form);
  }
});

document.addEventListener("htmx:afterSwap", () => {
  if (one("#composer")) {
    take();
  }
});
document.addEventListener("DOMContentLoaded", () => {
  if (one("#composer")) {
    take();
  }
});

/* ---- one pane: a line that opens when it is touched, and folds when it is left without a word ---- */

document.addEventListener("focusin", (event) => {
  const composer = event.target.closest(".composer");
  if (composer) {
    composer.classList.add("open");
  }
});

document.addEventListener("click", (event) => {
  const composer = one(".composer.open");
  if (
    !composer ||
    composer.contains(event.target) ||
    one("#tab-contact").checked ||
    one(".enclosed, .meanwhile", composer)
  ) {
    return;
  }
  const empty = all("textarea", composer).every((field) => !field.value.trim());
  if (empty && one("textarea", composer)) {
    composer.classList.remove("open");
  }
});

/* ---- files ---- */

document.addEventListener("change", (event) => {
  if (event.target.id === "reply-files" && event.target.files.length) {
    one("[data-attach]").click();
  }
});

/* ---- saved replies ---- */

function put(field, address, from, to) {
  window
    .fetch(address, { credentials: "same-origin" })
    .then((response) => {
      const plain = (response.headers.get("Content-Type") || "").indexOf("text/plain") === 0;
      if (!response.ok || !plain) {
        throw new Error("gone");
      }
      return response.text();
    })
    .then((text) => {
      const on = field.selectionStart > to; // they write on meanwhile
      focusLate(field);
      field.setRangeText(text, from, to, on ? "preserve" : "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const open = /\{[a-z_]{2,30}\}/.exec(text);
      if (open && !on) {
        field.setSelectionRange(from + open.index, from + open.index + open[0].length);
        one(".draft-state").textContent = said("fill");
      }
    })
    .catch(() => {
      one(".draft-state").textContent = said("failed");
    });
}

offerNames({
  field: "reply-text",
  sign: /(^|\s)\/([^\s/]*)$/,
  covers: 1,
  label() {
    return said("saved-replies");
  },
  fitting(name, field) {
    return all(".saved [data-saved]", field.form)
      .filter((option) => option.getAttribute("data-saved").toLowerCase().indexOf(name) === 0)
      .map((option) => ({
        content: one(".start", option).cloneNode(true),
        value: option.getAttribute("data-href"),
      }));
  },
  put,
});

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest ? event.target.closest("button") : null;
    if (!button) {
      return;
    }
    if (button.matches("[data-take], [data-keep]")) {
      choose(button);
      return;
    }
    if (button.matches("[data-saved]")) {
      const field = one("#reply-text");
      event.preventDefault();
      event.stopPropagation();
      button.closest("details").open = false;
      put(field, button.getAttribute("data-href"), field.selectionStart, field.selectionEnd);
    }
  },
  true,
);
