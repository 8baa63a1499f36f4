/* The keys of the desk, and what is done around each swap of a part of the page: the focus, the list's cursor, errors.
   All of it can be done without this file, by what is seen. htmx makes the requests. */
import { all, one, shown } from "./dom.js";
import { focus, focusLate, leaveField, typing, usedSince } from "./focus.js";
import { menuKey, menuOf, openMenu } from "./menus.js";
import { keepPlaces } from "./places.js";
import { anySelected, lastSelected, selectBoth, selectNone, selectUpTo, toggleSelected } from "./selection.js";

const RESTS = 120; // ms without another j or k, after which the tip under the cursor is opened
const MOST_ROWS = 900; // a header holds 8 KB
const ROW = /<li id="row-([0-9]+)" hx-swap-oob="delete"><\/li>/g; // one that left

let was = null; // before a swap: the tip, what had the focus, and what asked
let ways = []; // where to go on from a tip that leaves the list or is closed: ids of rows, the best first
let moving = ""; // the tip whose row j or k reached, until it is there
let asked = ""; // the one of them that was asked for
let resting = 0; // timer
let pending = null; // a key that waits until the tip under the cursor is open, and which that is
let chord = 0; // when g was pressed

function narrow() {
  return !shown(one(".list")) || !shown(one(".tip"));
}

/* ---- the list and its cursor: the open tip has it, so that keys act on what is shown ---- */

function rows() {
  return all(".rows .row");
}
function tipId() {
  const tip = one("#tip[data-tip]");
  return tip ? tip.getAttribute("data-tip") : "";
}
function idOf(row) {
  return row.getAttribute("data-tip");
}
function rowOf(id) {
  return document.getElementById(`row-${id}`);
}
function focused() {
  return document.activeElement?.closest(".row");
}
function cursor() {
  return rowOf(moving || tipId()) || focused();
}
function goOn() {
  return ways.map(rowOf).filter(Boolean)[0];
}

function move(step) {
  const list = rows();
  const at = list.indexOf(cursor());
  const on = list.indexOf(goOn());
  const next = at >= 0 ? at + step : on >= 0 ? on + Math.min(step, 0) : step > 0 ? 0 : list.length - 1;
  if (!list[next]) {
    return;
  }
  reach(list[next]);
  if (!tipId()) {
    return;
  }
  moving = idOf(list[next]);
  window.clearTimeout(resting);
  resting = window.setTimeout(arrive, RESTS);
}

function reach(row) {
  if (!shown(row)) {
    return;
  } // one pane: only the tip is in sight
  focus(one(".open", row), { preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function arrive() {
  window.clearTimeout(resting);
  if (moving === tipId()) {
    moving = "";
  }
  if (!rowOf(moving) || asked === moving) {
    return;
  }
  asked = moving;
  one(".open", rowOf(moving)).click();
}

function stay() {
  moving = asked = "";
  pending = null;
}

function markCurrent() {
  const id = tipId();
  rows().forEach((row) => {
    const current = idOf(row) === id;
    row.classList.toggle("current", current);
    const link = one(".open", row);
    if (current) {
      link.setAttribute("aria-current", "true");
    } else {
      link.removeAttribute("aria-current");
    }
  });
  document.body.classList.toggle("has-tip", !!id);
  document.body.classList.toggle("no-tip", !id);
}

function showCurrent() {
  const row = rowOf(tipId());
  if (shown(row) && !narrow()) {
    row.scrollIntoView({ block: "nearest" });
  }
}

/* ---- keys ---- */

/* What the bar of selected tips shows only with its "More". */
function folded(control) {
  return shown(control.closest(".bulk"));
}

/* Run a key's control: on the selection's bar where tips are selected, else in the tip under the cursor. */
function act(key) {
  if (anySelected() && press(key, one(".bulk"))) {
    return true;
  }
  const row = tipId() ? moving !== tipId() && rowOf(moving) : focused();
  if (!row) {
    return press(key, document);
  }
  moving = idOf(row);
  pending = { key, tip: moving };
  arrive();
  return true;
}

function press(key, inside) {
  const snoozes = key === "h"; // the menu of follow-ups, as its own h leaves it
  const found = inside ? all(`[data-key="${snoozes ? "f" : key}"]`, inside) : [];
  const control = found.filter(shown)[0] || found.filter(folded)[0];
  if (!control) {
    return false;
  }
  if (control.matches("summary")) {
    openMenu(control.parentNode);
    if (snoozes) {
      one("[name=snooze]", control.parentNode).checked = true;
    }
  } else if (control.matches("input[type=radio]")) {
    control.checked = true;
    focus(one(control.getAttribute("data-focus")));
  } else {
    control.click();
  }
  return true;
}

function tick(how) {
  const row = cursor();
  if (!row || !one(".pick", row)) {
    return false;
  }
  how(row);
  return true;
}

/* As j and k, and both the row that was left and the one that is reached are selected. */
function stretch(step) {
  const from = cursor();
  move(step);
  return tick((row) => {
    selectBoth(from || row, row);
  });
}

function globalKey(event) {
  const key = event.key;
  if (chord && Date.now() - chord < 1500) {
    chord = 0;
    const link = one(`[data-go="${key}"]`);
    if (link) {
      link.click();
      return true;
    }
  }
  switch (key) {
    case "j":
      move(1);
      return true;
    case "k":
      move(-1);
      return true;
    case "g":
      chord = Date.now();
      return true;
    case "/": {
      const search = one("#search");
      if (search) {
        focus(search);
        search.select();
      }
      return !!search;
    }
    case "?":
      return press("?", document);
    case "z":
      return press("z", one(".notices"));
    case "x":
      return tick(toggleSelected);
    case "X":
      return tick(selectUpTo);
    case "J":
      return stretch(1);
    case "K":
      return stretch(-1);
    case "T":
    case "U":
      return anySelected() && press(key, one(".bulk"));
  }
  const ofTips = one(`.bulk [data-key="${CSS.escape(key)}"]`); // fields of a tip bring their own keys
  return (ofTips || /^[aitsfhrnemuyd!]$/.test(key)) && act(key);
}

function leaveStep() {
  const menu = one("details.menu[open]");
  if (menu) {
    menu.open = false;
    focus(one("summary", menu));
  } else if (typing(document.activeElement)) {
    document.activeElement.blur();
  } else if (anySelected()) {
    selectNone();
  } else if (shown(one(".tip-head .back"))) {
    one(".tip-head .back").click();
  } else {
    const row = cursor();
    if (row) {
      focus(one(".open", row));
    }
  }
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || one("dialog[open]")) {
    return;
  }
  const element = document.activeElement;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && element.matches("textarea")) {
    event.preventDefault();
    one("[data-send]", element.form).click();
    return;
  }
  if (event.key === "Escape") {
    leaveStep();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const menu = menuOf(element);
  if (menu) {
    if (menuKey(event, menu, typing(element))) {
      event.preventDefault();
    }
    return;
  }
  if (!typing(element) && globalKey(event)) {
    event.preventDefault();
  }
});

/* ---- what the page itself tells us ---- */

/* Let go, it has come to rest. */
document.addEventListener("keyup", (event) => {
  if (/^[jk]$/i.test(event.key)) {
    arrive();
  }
});

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) {
    dialog.close();
  }
});

/* A plain form on its way is not sent twice by a second press: two copies of a callout help nobody. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-download], [hx-post], [method=dialog]")) {
    return;
  }
  if (Date.now() - (form.sentAt || 0) < 2000) {
    event.preventDefault();
    return;
  }
  form.sentAt = Date.now();
});

/* ---- swaps ---- */

/* Where to go on when a tip is closed: at it, where it was only looked at, else at the row after the last one that
   was changed. */
function waysFrom(row, looked) {
  const ids = rows().map(idOf);
  const at = ids.indexOf(idOf(row));
  return looked ? [ids[at]] : ids.slice(at + 1).concat(ids.slice(0, at + 1).reverse());
}

function look(event) {
  const request = event.detail.requestConfig;
  const menu = menuOf(document.activeElement);
  const row = request.elt.matches("#bulk, [data-bulk]") ? lastSelected() : rowOf(tipId()) || focused();
  was = {
    tip: tipId(),
    asked: request.askedAt,
    held: menu ? one("summary", menu).id : document.activeElement?.id,
    wrote: event.detail.xhr.status < 400 && request.elt.matches("form") && !!one("[data-send]", request.elt),
  };
  if (row && /^(tip|list)$/.test(event.detail.target.id)) {
    ways = waysFrom(row, request.verb === "get");
  }
}

/* The focus goes back to the menu or button that made the change; where another tip is open, to its row; where none
   is, to the row to go on from. */
function refocus() {
  const same = tipId() && was && was.tip === tipId();
  if (was?.wrote) {
    leaveField(was.asked);
  } // htmx puts it back; keys are to work
  if (same ? document.activeElement !== document.body : typing(document.activeElement)) {
    return;
  }
  if (!tipId() && goOn()) {
    reach(goOn());
    return;
  }
  const row = rowOf(tipId());
  let goal = same && was.held && document.getElementById(was.held);
  if (!goal || !shown(goal) || (was.wrote && typing(goal))) {
    goal = shown(row) ? one(".open", row) : document.getElementById("tip-title");
  }
  focusLate(goal, { preventScroll: true });
}

/* What was searched for gets the keys; where nothing was found, the words can be mended. */
function enterList(search, asked) {
  const list = one("#list");
  if (search && rows().length) {
    leaveField(asked);
  }
  if (typing(document.activeElement) || list.contains(document.activeElement)) {
    return;
  }
  const row = tipId() ? rowOf(tipId()) : search ? rows()[0] : goOn();
  if (row) {
    reach(row);
  } else if (search) {
    focusLate(list);
  }
}

/* What stands in the dialog gives it its name. */
function ask(body) {
  const dialog = one("#dialog");
  dialog.setAttribute("aria-label", one("h1", body).textContent);
  dialog.showModal();
}

function say(name) {
  const box = one(".notices");
  const text = box?.getAttribute(`data-${name}`);
  if (!text) {
    return;
  }
  const flash = document.createElement("div");
  flash.className = "notice error";
  flash.setAttribute("role", "alert");
  flash.textContent = text;
  all(".notice.error", box).forEach((old) => {
    old.remove();
  });
  box.appendChild(flash);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = event.detail;
  const path = detail.xhr.responseURL ? new URL(detail.xhr.responseURL).pathname : "";
  if (path === "/login") {
    // signed out meanwhile: what was typed stays on the page
    detail.shouldSwap = false;
    say("signed-out");
    return;
  }
  // Two answers may tell of one row: the later finds it gone.
  detail.serverResponse = detail.serverResponse.replace(ROW, (row, id) => (rowOf(id) ? row : ""));
  const asking = detail.requestConfig.elt;
  if (asking.matches("#seen")) {
    // its tip may be closed by now, and its row may have left
    const tip = asking.closest(".tip");
    if (!tip || !rowOf(idOf(tip))) {
      detail.shouldSwap = false;
      return;
    }
  }
  look(event);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target || document.body; // none where the history brought a page back
  if (target.id === "dialog-body") {
    if (!usedSince(event.detail.requestConfig.askedAt)) {
      ask(target);
    }
    return;
  }
  markCurrent();
  keepPlaces(target.id);
  if (/^(tip|list)$/.test(target.id)) {
    showCurrent();
  }
  if (target.id === "list") {
    enterList(event.detail.requestConfig.elt.matches(".search"), event.detail.requestConfig.askedAt);
  }
  if (target.id !== "tip") {
    return;
  }
  if (pending && pending.tip !== tipId()) {
    pending = null;
  }
  moving = asked = "";
  refocus();
});

document.addEventListener("htmx:historyCacheMissLoad", () => {
  ways = [tipId()];
  was = null;
  stay();
});
document.addEventListener("htmx:historyRestore", () => {
  markCurrent();
  showCurrent();
  refocus();
});

/* That a tip was read may be told when another one is open: its row comes as that of the open one. */
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.matches(".row")) {
    markCurrent();
  }
  if (!pending || pending.tip !== tipId()) {
    return;
  }
  const key = pending.key;
  pending = null;
  press(key, document);
});

/* Which rows the list holds: others that a change touches have no place on this page. */
document.addEventListener("htmx:configRequest", (event) => {
  if (one("#list")) {
    event.detail.headers["Desk-Rows"] = rows().slice(-MOST_ROWS).map(idOf).join();
  }
});

document.addEventListener("htmx:responseError", (event) => {
  stay();
  const status = event.detail.xhr.status;
  say(status === 401 || status === 400 ? "signed-out" : status === 404 ? "missing" : "failed");
});
document.addEventListener("htmx:sendError", () => {
  stay();
  say("offline");
});

/* What was done is said for ten seconds; errors stay. The way back stays too: by z, and in the tip's history. */
window.setInterval(() => {
  all("#notices .notice:not(.error)").forEach((notice) => {
    const age = Number(notice.getAttribute("data-age") || 0) + 1;
    notice.setAttribute("data-age", String(age));
    if (age > 10 && one(".has-tip, .no-tip") && !notice.matches(":hover, :focus-within")) {
      notice.remove();
    }
  });
}, 1000);

document.addEventListener("DOMContentLoaded", () => {
  markCurrent();
  showCurrent();
});
