/* What is pressed while the list or the tip is on its way is kept, and done when it is there: nobody waits for a server
   to go on. It loads before everything else that listens to keys. */
(function () {
  'use strict';

  var doc = document;
  var LONGEST = 4000; // ms; after so long the keys are given to the page as it is
  var PANES = ['tip', 'list'];
  var since = 0; // when the request left that is waited for
  var form = null; // what sent it
  var kept = [];

  function waits() {
    if (since && Date.now() - since > LONGEST) { over(); }
    return !!since || kept.length > 0;
  }

  function typing(element) {
    return !!element && !!element.matches && element.matches(
      'textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=submit]):not([type=button])');
  }

  /* Words go on into a field, but not into one that has been sent and is about to go. */
  function passes(element) { return typing(element) && !(form && form.contains(element)); }

  function over() {
    since = 0;
    form = null;
    window.setTimeout(go, 0); // after what the page itself does when it is drawn
  }

  function go() { while (kept.length && !since) { give(kept.shift()); } }

  /* One key, and what a browser would do with it by itself. */
  function give(pressed) {
    var element = doc.activeElement || doc.body;
    var key = pressed.key;
    var event = { key: key, ctrlKey: pressed.ctrl, bubbles: true, cancelable: true };
    if (!element.dispatchEvent(new KeyboardEvent('keydown', event)) || pressed.ctrl) { return; }
    var field = doc.activeElement;
    if (key.length === 1 && typing(field) && field.setRangeText) {
      field.setRangeText(key, field.selectionStart, field.selectionEnd, 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    } else if (key === 'Enter' && element.matches('a[href], button, summary')) {
      element.click();
    } else if (key === 'Enter' && element.matches('input') && element.form) {
      element.form.requestSubmit();
    }
  }

  window.addEventListener('keydown', function (event) {
    var sends = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (!event.isTrusted || event.isComposing || event.altKey) { return; }
    if ((event.ctrlKey || event.metaKey) && !sends) { return; }
    if (event.key.length > 1 && ['Enter', 'Escape', 'ArrowDown', 'ArrowUp'].indexOf(event.key) < 0) { return; }
    if (!waits() || passes(doc.activeElement) || doc.querySelector('dialog[open]')) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push({ key: event.key, ctrl: sends });
  }, true);

  doc.addEventListener('htmx:beforeRequest', function (event) {
    if (PANES.indexOf(event.detail.target.id) < 0) { return; }
    since = Date.now();
    form = event.detail.elt;
  });
  doc.addEventListener('htmx:afterSettle', function (event) {
    if (event.detail.target && PANES.indexOf(event.detail.target.id) >= 0) { over(); }
  });
  /* Where nothing is swapped, nothing settles: a refusal, a lost line, or the way to the sign-in. */
  doc.addEventListener('htmx:afterRequest', function (event) {
    if (PANES.indexOf(event.detail.target.id) >= 0 && !event.detail.successful) { kept = []; over(); }
  });
  doc.addEventListener('htmx:beforeSwap', function (event) { if (!event.detail.shouldSwap) { over(); } });
})();
