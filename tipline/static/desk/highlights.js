// Words that are selected in a message can be highlighted: by its link, which says so, or by the key h.
let ready = null; // the link of the message in which something is selected

const chosen = () => {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const inside = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(".message > .words");
  const words = inside(range.startContainer);
  if (!words || words !== inside(range.endContainer) || !range.toString().trim()) return null;
  const before = document.createRange();
  before.setStart(words, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const link = words.parentElement.querySelector("[data-mark]");
  // Characters as people count them: a script's own count halves what lies beyond the first plane.
  return link && { link, begin: Array.from(before.toString()).length, passage: range.toString() };
};

const show = () => {
  const now = chosen()?.link ?? null;
  if (now === ready) return;
  for (const [link, on] of [
    [ready, false],
    [now, true],
  ]) {
    if (!link) continue;
    link.dataset.plain ??= link.textContent;
    link.textContent = on ? link.dataset.selection : link.dataset.plain;
    link.classList.toggle("ready", on);
  }
  ready = now;
};

const mark = () => {
  const found = chosen();
  if (!found) return false;
  const lead = Array.from(found.passage).length - Array.from(found.passage.trimStart()).length;
  const values = { begin: found.begin + lead, passage: found.passage.trim() };
  const q = new URLSearchParams(location.search).get("q");
  if (q) values.q = q;
  document.getSelection().removeAllRanges();
  window.htmx.ajax("POST", found.link.dataset.mark, { source: "#tip", target: "#tip", swap: "outerHTML", values });
  return true;
};

document.addEventListener("selectionchange", show);
document.addEventListener("mousedown", (event) => {
  if (ready && event.target.closest?.("[data-mark]") === ready) event.preventDefault(); // else the selection goes
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-mark]") && mark()) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "h" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && mark())
    event.preventDefault();
});
