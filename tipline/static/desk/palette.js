/* The palette: Ctrl-K, then anything by its name. The server gives all names once; the search is done here.
   What was chosen last stands first; only ids are remembered, in this tab. */
import { all, one } from "./dom.js";
import { focus } from "./focus.js";

const RECENT = "palette";
const MOST = 12;
let opener = null;
let hasty = false; // Enter was pressed before the names were there

function dialog() {
  return document.getElementById("palette");
}
function field() {
  return document.getElementById("palette-field");
}
function entries() {
  return all("#palette-list .option");
}
function shownOnes() {
  return entries().filter((option) => !option.parentNode.hidden);
}

function recent() {
  try {
    return JSON.parse(window.sessionStorage.getItem(RECENT) || "[]");
  } catch (_error) {
    return [];
  }
}

function remember(id) {
  const ids = [id].concat(recent().filter((other) => other !== id)).slice(0, 8);
  try {
    window.sessionStorage.setItem(RECENT, JSON.stringify(ids));
  } catch (_error) {
    /* it is only convenience */
  }
}

function fold(text) {
  text = text.toLowerCase();
  return text.normalize ? text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "") : text;
}

/* How well a name fits what is typed: 0 is not at all. Every typed word must be there, else its letters in order. */
function score(name, wanted) {
  if (name === wanted) {
    return 1000;
  }
  if (name.indexOf(wanted) === 0) {
    return 800 - name.length;
  }
  const words = wanted.split(/\s+/);
  const holds = words.every((word) => name.includes(word));
  if (holds) {
    return (
      (words.every((w) => ` ${name}`.search(new RegExp(`[\\s#:(]${escaped(w)}`)) >= 0) ? 600 : 400) -
      Math.min(name.length, 300)
    );
  }
  return letters(name, wanted.replace(/\s+/g, ""));
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function letters(name, wanted) {
  let at = -1,
    gaps = 0;
  for (let i = 0; i < wanted.length; i += 1) {
    const next = name.indexOf(wanted.charAt(i), at + 1);
    if (next < 0) {
      return 0;
    }
    if (at >= 0) {
      gaps += next - at - 1;
    }
    at = next;
  }
  return wanted.length > 1 && gaps <= 12 ? Math.max(1, 200 - gaps * 10) : 0;
}

function tipTyped(typed) {
  const found = /^(?:t-?|#)?0*([1-9][0-9]{0,8})$/i.exec(typed);
  return found ? found[1] : "";
}

/* An entry for the tip whose number is typed. Whether it is there, the server says. */
function numbered(typed) {
  const old = document.getElementById("p-tip");
  if (old) {
    old.parentNode.remove();
  }
  const id = tipTyped(typed);
  if (!id) {
    return null;
  }
  const name = `T-${(`000000${id}`).slice(-Math.max(6, id.length))}`;
  const item = document.createElement("li");
  const link = document.createElement("a");
  item.setAttribute("role", "presentation");
  link.className = "option";
  link.id = "p-tip";
  link.tabIndex = -1;
  link.href = `/desk/tips/${id}`;
  link.setAttribute("role", "option");
  link.textContent = name;
  item.appendChild(link);
  document.getElementById("palette-list").appendChild(item);
  return link;
}

function actedOn() {
  return one(".pick:checked") ? one(".bulk") : one("#tip:not(.none)");
}

/* Whether an entry can do what it says here: what acts on tips needs one that is open, or selected ones. */
function able(option, wanted) {
  const press = option.getAttribute("data-press");
  const does = option.getAttribute("data-does");
  if (!press && !does) {
    return true;
  }
  const inside = actedOn();
  if (press === "z") {
    return Boolean((wanted || inside) && one("[data-key=z]"));
  } // not by Enter alone
  if (!inside) {
    return false;
  }
  return Boolean(one(does || `[data-key="${press.charAt(0)}"]`, inside));
}

function search() {
  if (!document.getElementById("palette-list")) {
    return;
  }
  const typed = field().value.trim();
  const wanted = fold(typed);
  const tip = numbered(typed);
  const order = recent();
  const ranked = entries().map((option, index) => {
    const name = fold(option.firstElementChild ? option.firstElementChild.textContent : option.textContent);
    const more = fold(option.getAttribute("data-words") || "");
    const last = order.indexOf(option.id);
    const fits = !able(option, wanted)
      ? 0
      : option === tip
        ? 2000
        : !wanted
          ? 1
          : score(name, wanted) || (more && score(more, wanted) / 4);
    return { option, fits, last: last < 0 ? 99 : last, index };
  });
  ranked.sort(
    (a, b) =>
      b.fits - (b.last < 99 && b.fits ? -50 : 0) - (a.fits - (a.last < 99 && a.fits ? -50 : 0)) ||
      a.last - b.last ||
      a.index - b.index,
  );
  const list = document.getElementById("palette-list");
  let n = 0;
  ranked.forEach((one_) => {
    const show = one_.fits > 0 && n < MOST;
    one_.option.parentNode.hidden = !show;
    if (show) {
      n += 1;
      list.appendChild(one_.option.parentNode);
    }
  });
  one(".palette-none", dialog()).hidden = n > 0;
  mark(shownOnes()[0]);
}

function mark(option) {
  entries().forEach((other) => {
    other.setAttribute("aria-selected", String(other === option));
  });
  if (option) {
    field().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    field().removeAttribute("aria-activedescendant");
  }
}

function marked() {
  return one("#palette-list [aria-selected=true]");
}

function step(by) {
  const list = shownOnes();
  const at = list.indexOf(marked());
  if (list.length) {
    mark(list[(at + by + list.length) % list.length]);
  }
}

function open() {
  if (dialog().open) {
    dialog().close();
    return;
  }
  if (one("dialog[open]")) {
    return;
  }
  opener = document.activeElement;
  field().value = "";
  hasty = false;
  document.getElementById("palette-body").textContent = "";
  one(".palette-none", dialog()).hidden = one(".palette-failed", dialog()).hidden = true;
  dialog().showModal();
  focus(field());
  window
    .fetch("/desk/palette", {
      headers: { "HX-Request": "true", "HX-Target": "palette-body" },
      credentials: "same-origin",
    })
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : Promise.reject(new Error())))
    .then((html) => {
      document.getElementById("palette-body").innerHTML = html;
      search();
      if (hasty) {
        choose(marked());
      }
    })
    .catch(() => {
      one(".palette-failed", dialog()).hidden = false;
    });
}

function choose(option) {
  if (!option) {
    return;
  }
  remember(option.id);
  dialog().close();
  const press = option.getAttribute("data-press");
  const does = option.getAttribute("data-does");
  if (!press && !does) {
    window.location.assign(option.href);
    return;
  }
  if (opener?.focus && opener !== document.body) {
    opener.blur();
  }
  if (does) {
    run(does);
  } else {
    press.split(" ").forEach(hit);
  }
}

function hit(key) {
  document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

/* A control is pressed where it stands: on the bar of what is selected, else in the open tip. */
function run(does) {
  const control = actedOn() && one(does, actedOn());
  if (control) {
    control.click();
  }
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.isComposing || event.keyCode === 229 || !dialog()) {
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      event.stopPropagation();
      open();
      return;
    }
    if (!dialog().open) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (document.getElementById("palette-list")) {
        choose(marked());
      } else {
        hasty = true;
      }
    }
  },
  true,
);

document.addEventListener("input", (event) => {
  if (event.target === field()) {
    search();
  }
});
document.addEventListener("compositionend", (event) => {
  if (event.target === field()) {
    search();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-palette]")) {
    event.preventDefault();
    open();
    return;
  }
  const option = event.target.closest?.("#palette-list .option");
  if (option && dialog().contains(option)) {
    event.preventDefault();
    choose(option);
  }
  if (event.target === dialog()) {
    dialog().close();
  }
});
