/* The search field offers what goes on from what is typed: an ARIA 1.2 combobox. The field keeps the focus; the server
   says what there is. Without it one types the same words. */
import { all, requestHeaders } from "./dom.js";

let asked = null; // the request that is on its way
let timer = 0;
let swapped = 0; // when a part of the page came anew
let at = -1; // which option is chosen; -1 is none

function field() {
  return document.getElementById("search");
}
function box() {
  return document.querySelector(".suggestions");
}
function isOpen() {
  const b = box();
  return !!b && !b.hidden;
}
function options() {
  const b = box();
  return b ? all("[role=option]", b) : [];
}

function post(address, words) {
  const form = new URLSearchParams(words);
  return fetch(address, { method: "POST", body: form, headers: requestHeaders(), keepalive: true });
}

/* The field becomes a combobox when it is first used; a new list brings a new field. */
function dress(input) {
  if (input.getAttribute("role") === "combobox") {
    return;
  }
  const made = document.createElement("div");
  made.className = "suggestions";
  made.hidden = true;
  input.parentNode.appendChild(made);
  const dressed = {
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "suggestions",
  };
  Object.keys(dressed).forEach((name) => {
    input.setAttribute(name, dressed[name]);
  });
}

/* What one walks through stays as it is: an answer that comes late would take the choice away. */
function hold() {
  window.clearTimeout(timer);
  if (asked) {
    asked.abort();
    asked = null;
  }
}

function close() {
  hold();
  const b = box();
  const input = field();
  if (b) {
    b.hidden = true;
  }
  at = -1;
  if (input?.getAttribute("role")) {
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
}

function choose(n) {
  const list = options();
  at = n;
  list.forEach((option, i) => {
    option.setAttribute("aria-selected", String(i === n));
  });
  if (list[n]) {
    field().setAttribute("aria-activedescendant", list[n].id);
    list[n].scrollIntoView({ block: "nearest" });
  } else {
    field().removeAttribute("aria-activedescendant");
  }
}

function show(html) {
  const b = box();
  const input = field();
  if (!b || document.activeElement !== input) {
    return;
  }
  b.innerHTML = html;
  at = -1;
  b.hidden = !options().length;
  input.setAttribute("aria-expanded", String(!b.hidden));
  input.removeAttribute("aria-activedescendant");
}

function ask() {
  const input = field();
  if (!input) {
    return;
  }
  dress(input);
  if (asked) {
    asked.abort();
  }
  asked = new AbortController();
  const typed = input.value.slice(0, input.selectionStart);
  const signal = asked.signal;
  fetch(`${input.getAttribute("data-suggest")}?q=${encodeURIComponent(typed)}`, { signal })
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
    .then((html) => {
      if (!signal.aborted) {
        show(html);
      }
    })
    .catch(() => {
      /* offline, or asked anew: nothing is offered */
    });
}

function askSoon() {
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, 90);
}

/* A whole search or view is gone to; a filter is put into the field, and its values or the next word offered. */
function take(option) {
  const address = option.getAttribute("data-address");
  if (address !== null) {
    close();
    window.location.assign(address);
    return;
  }
  const input = field();
  const typed = option.getAttribute("data-typed");
  const rest = input.value.slice(input.selectionEnd).replace(/^\S+/, "");
  input.value = typed + rest.replace(/^\s+/, /\s$/.test(typed) ? "" : " ");
  input.setSelectionRange(typed.length, typed.length);
  if (/\s$/.test(typed)) {
    close();
  } else {
    ask();
  }
}

function key(event) {
  const input = field();
  if (event.target !== input || event.isComposing || event.keyCode === 229) {
    return;
  }
  const n = options().length;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!isOpen()) {
      ask();
      return;
    }
    hold();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(at + step < -1 ? n - 1 : at + step >= n ? -1 : at + step);
  } else if (event.key === "Enter" && isOpen() && at >= 0) {
    event.preventDefault();
    take(options()[at]);
  } else if (event.key === "Tab" && isOpen() && at >= 0 && !event.shiftKey) {
    event.preventDefault();
    take(options()[at]);
  } else if (event.key === "Escape" && isOpen()) {
    event.stopPropagation(); // the first one closes the options, the next leaves the field
    close();
  }
}

window.addEventListener("keydown", key, true); // before the desk's own keys

document.addEventListener("input", (event) => {
  if (event.target === field() && !event.isComposing) {
    askSoon();
  }
});
document.addEventListener("compositionend", (event) => {
  if (event.target === field()) {
    askSoon();
  }
});
document.addEventListener("focusin", (event) => {
  if (event.target !== field()) {
    return;
  }
  dress(field());
  if (Date.now() - swapped > 300) {
    askSoon();
  } // htmx gives the focus back after a swap: nobody asked for offers
});
document.addEventListener("htmx:beforeSwap", () => {
  swapped = Date.now();
});
document.addEventListener("focusout", (event) => {
  if (event.target === field()) {
    close();
  }
});

document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.(".suggestions");
  if (option) {
    event.preventDefault();
  } // the field keeps the focus
});
document.addEventListener("click", (event) => {
  const option = event.target.closest?.(".suggestions [role=option]");
  const forget = event.target.closest?.("[data-clear-recent]");
  if (option) {
    take(option);
  }
  if (forget) {
    post(forget.getAttribute("data-clear-recent"), {}).then(ask);
  }
  if (event.target === field() && !isOpen()) {
    ask();
  }
});

document.addEventListener(
  "submit",
  (event) => {
    const input = field();
    if (!input || event.target !== input.form) {
      return;
    }
    close();
    const words = new URLSearchParams(new FormData(input.form));
    if (input.value.trim()) {
      post(input.getAttribute("data-remember"), words);
    }
  },
  true,
);
