/* Which rows are ticked: one by one, from one to another, all of the page, or all that match; and what the bar says of
   it. Plain script, no build. */
(function () {
  'use strict';

  var doc = document;
  var anchor = null; // the box that was ticked last: there a range begins

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function boxes() { return Array.prototype.slice.call(doc.querySelectorAll('.rows .pick')); }
  function ticked() { return boxes().filter(function (box) { return box.checked; }); }

  /* The box that means all that match, of other pages too. Rows that come while it is ticked are ticked. */
  function matching() { return one('.bulk [name=all]'); }

  function count() {
    var bar = one('.bulk');
    if (!bar) { return; }
    var whole = matching() && matching().checked;
    if (whole) { boxes().forEach(function (box) { box.checked = true; }); }
    var n = ticked().length;
    var said = one('[data-selected]', bar);
    var every = one('[data-tick-all]', bar);
    said.textContent = whole ? said.getAttribute('data-all') : String(n);
    every.checked = n > 0 && n === boxes().length;
    every.indeterminate = n > 0 && !every.checked;
    bar.classList.toggle('on', n > 0);
  }

  function put(some, on) {
    some.forEach(function (box) { box.checked = on; });
    if (!on && matching()) { matching().checked = false; }
    count();
  }

  function between(from, to) {
    var all = boxes();
    var ends = [all.indexOf(from), all.indexOf(to)].sort(function (a, b) { return a - b; });
    return ends[0] < 0 ? [to] : all.slice(ends[0], ends[1] + 1);
  }

  function boxOf(row) { return one('.pick', row); }

  window.deskTicks = {
    any: function () { return ticked().length > 0; },
    last: function () { var some = ticked(); return some.length ? some[some.length - 1].closest('.row') : null; },
    count: count,
    none: function () { put(boxes(), false); },
    turn: function (row) { anchor = boxOf(row); put([anchor], !anchor.checked); },
    both: function (row, other) { put([row, other].map(boxOf), true); anchor = boxOf(other); },
    upTo: function (row) { put(between(anchor, boxOf(row)), true); anchor = boxOf(row); }
  };

  doc.addEventListener('click', function (event) {
    var box = event.target;
    if (box.matches('.pick') && event.shiftKey) {
      put(between(anchor, box), box.checked);
      window.getSelection().removeAllRanges(); // the browser takes it for a range of text
    }
    if (box.closest('[data-clear]')) { put(boxes(), false); }
  });

  doc.addEventListener('change', function (event) {
    var box = event.target;
    if (box.matches('.pick')) { anchor = box; put([box], box.checked); }
    if (box.matches('[data-tick-all], .bulk [name=all]')) { put(boxes(), box.checked); }
  });

  /* Ctrl A ticks the rows where the keys belong to the list: the focus is in it, or nowhere while no tip is open, as on
     a fresh page (Linear's Ctrl A and Gmail's * a take all that the list shows, too). Text in a tip is selected as
     everywhere. */
  function listHasKeys() {
    var element = doc.activeElement;
    if (one('dialog[open]')) { return false; }
    return element === doc.body ? !one('#tip[data-tip]') : !!element.closest('.list') && !window.deskFocus.typing(element);
  }

  doc.addEventListener('keydown', function (event) {
    if (event.key.toLowerCase() !== 'a' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) { return; }
    if (boxes().length && listHasKeys()) { event.preventDefault(); put(boxes(), true); }
  });

  doc.addEventListener('htmx:afterSwap', count);
  doc.addEventListener('htmx:historyRestore', count);
  doc.addEventListener('DOMContentLoaded', count);
})();
