/* Which rows are selected: one by one, from one to another, all of the page, or all that match; and what the bar says of
   it. */
import { all, one } from "./dom.js";
import { typing } from "./focus.js";

let anchor = null; // the box that was selected last: there a range begins

function boxes() {
  return all(".rows .pick");
}
function selected() {
  return boxes().filter((box) => box.checked);
}

/* The box that means all that match, of other pages too. Rows that come while it is checked are selected. */
function matching() {
  return one(".bulk [name=all]");
}

function count() {
  const bar = one(".bulk");
  if (!bar) {
    return;
  }
  const whole = matching()?.checked;
  if (whole) {
    boxes().forEach((box) => {
      box.checked = true;
    });
  }
  const n = selected().length;
  const said = one("[data-selected]", bar);
  const every = one("[data-tick-all]", bar);
  said.textContent = whole ? said.getAttribute("data-all") : String(n);
  every.checked = n > 0 && n === boxes().length;
  every.indeterminate = n > 0 && !every.checked;
  bar.classList.toggle("on", n > 0);
}

function put(some, on) {
  some.forEach((box) => {
    box.checked = on;
  });
  if (!on && matching()) {
    matching().checked = false;
  }
  count();
}

function between(from, to) {
  const every = boxes();
  const ends = [every.indexOf(from), every.indexOf(to)].sort((a, b) => a - b);
  return ends[0] < 0 ? [to] : every.slice(ends[0], ends[1] + 1);
}

function boxOf(row) {
  return one(".pick", row);
}

export const anySelected = () => selected().length > 0;

/* The row that was selected last in the order of the list. */
export const lastSelected = () => selected().at(-1)?.closest(".row") ?? null;

export const selectNone = () => put(boxes(), false);

export function toggleSelected(row) {
  anchor = boxOf(row);
  put([anchor], !anchor.checked);
}

export function selectBoth(row, other) {
  put([row, other].map(boxOf), true);
  anchor = boxOf(other);
}

export function selectUpTo(row) {
  put(between(anchor, boxOf(row)), true);
  anchor = boxOf(row);
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (box.matches(".pick") && event.shiftKey) {
    put(between(anchor, box), box.checked);
    window.getSelection().removeAllRanges(); // the browser takes it for a range of text
  }
  if (box.closest("[data-clear]")) {
    put(boxes(), false);
  }
});

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches(".pick")) {
    anchor = box;
    put([box], box.checked);
  }
  if (box.matches("[data-tick-all], .bulk [name=all]")) {
    put(boxes(), box.checked);
  }
});

/* Ctrl A ticks the rows where the keys belong to the list: the focus is in it, or nowhere while no tip is open, as on
   a fresh page (Linear's Ctrl A and Gmail's * a take all that the list shows, too). Text in a tip is selected as
   everywhere. */
function listHasKeys() {
  const element = document.activeElement;
  if (one("dialog[open]")) {
    return false;
  }
  return element === document.body ? !one("#tip[data-tip]") : !!element.closest(".list") && !typing(element);
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "a" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) {
    return;
  }
  if (boxes().length && listHasKeys()) {
    event.preventDefault();
    put(boxes(), true);
  }
});

document.addEventListener("htmx:afterSwap", count);
document.addEventListener("htmx:historyRestore", count);
document.addEventListener("DOMContentLoaded", count);
