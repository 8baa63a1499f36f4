/* What is pressed while the list or the tip is on its way is kept, and done when it is there: nobody waits for a server
   to go on. It loads before everything else that listens to keys. */
(function () {
  'use strict';

  var doc = document;
  var LONGEST = 4000; // ms; after so long the keys are given to the page as it is
  var SETTLES = 50; // ms; htmx settles what it swapped after 20
  var PANES = ['tip', 'list'];
  var since = 0; // when the request left that is waited for
  var form = null; // what sent it
  var waited = null; // the request itself: the newest one
  var newest = {}; // by pane: the request that left last
  var kept = [];

  function waits() {
    if (since && Date.now() - since > LONGEST) { over(); }
    return !!since || kept.length > 0;
  }

  function typing(element) { return window.deskFocus.typing(element); }

  /* Words go on into a field, but not into one that has been sent and is about to go. */
  function passes(element) { return typing(element) && !(form && form.contains(element)); }

  function over() {
    since = 0;
    form = waited = null;
    window.setTimeout(go, 0); // after what the page itself does when it is drawn
  }

  function go() { while (kept.length && !since) { give(kept.shift()); } }

  /* One key, and what a browser would do with it by itself. */
  function give(pressed) {
    var element = doc.activeElement || doc.body;
    var key = pressed.key;
    var event = { key: key, ctrlKey: pressed.ctrl, bubbles: true, cancelable: true };
    if (!element.dispatchEvent(new KeyboardEvent('keydown', event)) || pressed.ctrl) { return; }
    var dialog = doc.querySelector('dialog[open]');
    if (key === 'Escape' && dialog) { dialog.close(); return; }
    var field = doc.activeElement;
    var types = key.length === 1 ? key : key === 'Enter' && field.matches('textarea') ? '\n' : '';
    if ((types || key === 'Backspace') && typing(field) && typeof field.selectionStart === 'number') {
      var from = field.selectionStart;
      if (!types && from === field.selectionEnd) { from = Math.max(0, from - 1); }
      field.setRangeText(types, from, field.selectionEnd, 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    } else if (key === 'Enter' && element.matches('a[href], button, summary')) {
      element.click();
    } else if (key === 'Enter' && element.matches('input') && element.form) {
      element.form.requestSubmit();
    }
  }

  window.addEventListener('keydown', function (event) {
    var ctrl = event.ctrlKey || event.metaKey;
    if (!event.isTrusted || event.isComposing || event.altKey) { return; }
    if (event.repeat && event.key === 'Enter' && doc.querySelector('dialog[open]')) { event.preventDefault(); return; }
    if (ctrl && event.key !== 'Enter' && event.key !== 'k') { return; } // what sends, and the palette
    if (event.key.length > 1 && ['Enter', 'Escape', 'Backspace', 'ArrowDown', 'ArrowUp'].indexOf(event.key) < 0) { return; }
    if (!waits() || (passes(doc.activeElement) && !kept.length) || doc.querySelector('dialog[open]')) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push({ key: event.key, ctrl: ctrl });
  }, true);

  /* Who clicks into a field goes on there: keys of before don't land in it. */
  doc.addEventListener('pointerdown', function (event) { if (typing(event.target)) { kept = []; } }, true);

  doc.addEventListener('htmx:beforeRequest', function (event) {
    var asked = event.detail;
    var xhr = asked.xhr;
    var pane = asked.target.id;
    if (PANES.indexOf(pane) < 0) { return; }
    since = Date.now();
    form = asked.elt;
    newest[pane] = waited = xhr;
    /* Where an older answer drew the pane anew meanwhile, the newest goes to the one that is there now: htmx would give
       it to the one that left, and a click that somebody made would be lost. */
    xhr.addEventListener('readystatechange', function () {
      if (xhr.readyState === 4 && xhr === newest[pane] && !asked.target.isConnected) {
        asked.target = doc.getElementById(pane) || asked.target;
      }
    });
  });
  doc.addEventListener('htmx:afterSettle', function (event) { if (waited && event.detail.xhr === waited) { over(); } });
  /* Where nothing is swapped, nothing settles: a refusal, a lost line, or the way to the sign-in. */
  doc.addEventListener('htmx:afterRequest', function (event) {
    var xhr = event.detail.xhr;
    if (!waited || xhr !== waited) { return; }
    if (!event.detail.successful) { kept = []; over(); return; }
    window.setTimeout(function () { if (waited === xhr) { over(); } }, SETTLES);
  });
  /* A question is answered by nobody who has not seen it. */
  doc.addEventListener('htmx:beforeSwap', function (event) {
    if (event.detail.target.id === 'dialog-body') { kept = []; over(); }
  });
})();
