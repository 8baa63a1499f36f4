// The builder with a script: fields of the kind only, marks and preview that follow what is typed, and moving by drag.
// Without it all fields stand there, and buttons do the rest.
import { focus, focusLate } from "./focus.js";

const form = document.getElementById("callout");
const frame = document.getElementById("preview-frame");
const main = document.getElementById("main"),
  KEPT = "builder";
const pane = getComputedStyle(main).overflowY === "visible" ? document.scrollingElement : main; // what scrolls
document.documentElement.classList.add("scripted");

// Only what a kind has is shown.
const show = (ask) => {
  const kind = ask.querySelector("[data-kind]").value;
  for (const part of ask.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
};
const all = () => document.querySelectorAll("[data-ask]").forEach(show);
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-kind]")) show(event.target.closest("[data-ask]"));
});
all();

// What the server says about the form as it is typed: marks, conditions, what saving does; and the preview.
let language = frame && document.querySelector("[data-preview]").dataset.preview;
let waiting,
  turn = 0;
const post = async (address, act) => {
  const data = new FormData(form);
  if (act) data.set("act", act);
  const answer = await fetch(address, { method: "POST", body: data, credentials: "same-origin", redirect: "error" });
  if (!answer.ok) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
const marks = (fresh) => {
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (other && !part.contains(document.activeElement) && part.innerHTML !== other.innerHTML)
      part.innerHTML = other.innerHTML;
  }
};
const draw = (fresh) => {
  const there = frame.contentDocument;
  if (!there?.body) return;
  const at = frame.contentWindow.scrollY;
  const sheets = (of) =>
    [...of.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href")).join();
  if (sheets(there) !== sheets(fresh)) there.head.replaceWith(there.adoptNode(fresh.head));
  there.documentElement.lang = fresh.documentElement.lang;
  there.body.replaceWith(there.adoptNode(fresh.body));
  frame.contentWindow.scrollTo(0, at);
};
const refresh = async () => {
  const mine = ++turn;
  try {
    const button = document.querySelector(`[data-preview="${language}"]`);
    const [page, view] = await Promise.all([post(location.pathname, "refresh"), post(button.formAction)]);
    if (mine !== turn) return;
    marks(page);
    draw(view);
  } catch {
    /* signed out, or no network: what is typed stays where it is, and saving says what is wrong */
  }
};
// An answer to what stood there before would put names and marks into the wrong place: each change makes it void.
const soon = () => {
  turn++;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 500);
};
const press = () => {
  for (const button of document.querySelectorAll("[data-preview]"))
    button.setAttribute("aria-pressed", button.dataset.preview === language);
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-preview]");
  if (!button) return;
  event.preventDefault();
  language = button.dataset.preview;
  press();
  refresh();
});
press();
const there = frame.contentDocument;
if (there && there.readyState === "complete" && there.URL !== "about:blank") refresh();
else frame.addEventListener("load", refresh, { once: true });

// What is typed while the questions are on their way was not in the post: it goes into those that come.
const later = new Set();
const ticks = (one) => one.type === "checkbox" || one.type === "radio";
const tail = (one) => one.name.replace(/^questions-\d+-/, "") + (ticks(one) ? ` ${one.value}` : "");
document.addEventListener("htmx:beforeRequest", () => later.clear());
form.addEventListener("input", (event) => {
  if (event.target.closest("[data-ask]")) later.add(event.target);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const was of later) {
    const ask = document.getElementById(was.closest("[data-ask]").id);
    const now = ask && [...ask.querySelectorAll("input, select, textarea")].find((one) => tail(one) === tail(was));
    if (!now) continue;
    if (ticks(was)) now.checked = was.checked;
    else now.value = was.value;
    if (was !== at) continue;
    at = now;
    focus(now, { preventScroll: true });
    if (was.selectionStart != null) now.setSelectionRange(was.selectionStart, was.selectionEnd);
  }
  later.clear();
});

// Moving keeps open what was open, and puts the focus where the server says.
let open = [],
  at = null;
document.addEventListener("htmx:beforeSwap", () => {
  turn++;
  at = later.has(document.activeElement) ? document.activeElement : null;
  open = [...document.querySelectorAll("details.more[open][id]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  all();
  if (at)
    focus(at, { preventScroll: true }); // htmx gave it to what has `autofocus`
  else focusLate(document.querySelector("#questions [autofocus]"));
  typed = true;
  refresh();
});

// By drag: the list follows the hand, the server puts it in order.
document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button) return;
  event.preventDefault();
  const ask = grip.closest("[data-ask]"),
    list = ask.parentElement,
    from = [...list.children].indexOf(ask);
  ask.classList.add("dragged");
  const move = (to) => {
    const over = [...list.children].find((one) => one !== ask && between(one, to.clientY));
    if (over) list.insertBefore(ask, above(over, to.clientY) ? over : over.nextSibling);
  };
  const end = (cancelled) => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", drop);
    document.removeEventListener("pointercancel", stop);
    ask.classList.remove("dragged");
    const to = [...list.children].indexOf(ask);
    if (cancelled) list.insertBefore(ask, list.children[from + (to < from ? 1 : 0)] || null);
    else if (to !== from)
      htmx.ajax("POST", location.pathname, {
        source: form,
        target: "#questions",
        select: "#questions",
        swap: "outerHTML",
        values: { act: `move:${from}:${to}` },
        selectOOB: "#said:innerHTML,#changes:innerHTML",
      });
  };
  const drop = () => end(false),
    stop = () => end(true);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", stop);
});
const between = (one, y) => {
  const box = one.getBoundingClientRect();
  return y > box.top && y < box.bottom;
};
const above = (one, y) => {
  const box = one.getBoundingClientRect();
  return y < box.top + box.height / 2;
};

// Leaving with unsaved words asks once, as browsers do.
let typed = false;
form.addEventListener("input", () => {
  typed = true;
  soon();
});
form.addEventListener("submit", () => {
  typed = false;
  sessionStorage.setItem(
    KEPT,
    JSON.stringify({ page: location.pathname, at: pane.scrollTop, focus: document.activeElement.id }),
  );
});
window.addEventListener("beforeunload", (event) => {
  if (typed) event.preventDefault();
});

// Saved, the page comes back where it was left, unless something is to be checked first.
const kept = JSON.parse(sessionStorage.getItem(KEPT) || "{}");
sessionStorage.removeItem(KEPT);
if (kept.page === location.pathname && !document.getElementById("summary")) {
  focusLate(document.getElementById(kept.focus), { preventScroll: true });
  pane.scrollTop = kept.at;
}
