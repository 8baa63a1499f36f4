/* A message to many: saved while one types, for its author alone; saved replies and placeholders go where the cursor is.
   Without it buttons do the same. What the server does not have yet lies in the tab. Plain script, no build. */
(function () {
  'use strict';

  var doc = document;
  var PAUSE = 1200; // ms without a key before it is saved
  var LEAVES = 60000; // bytes that browsers still send for a page that is left
  var AGAIN = 15000; // ms after which a failed save is tried again
  var field = doc.getElementById('text');
  var sends = doc.querySelector('.sends');
  var PLACE = 'tipline.write:' + (field || sends || doc.body).getAttribute('data-kept'); // of these tips alone
  var timer = 0;
  var busy = null; // the save that is on its way
  var dirty = false;

  /* With the draft that it goes on from, and which version of it: another window may have saved since. */
  function keep() {
    var names = field.form.elements;
    var entry = JSON.stringify([field.value, names.submission.value, names.draft.value]);
    try { window.sessionStorage.setItem(PLACE, entry); } catch (e) { /* private window */ }
  }
  function kept() { try { return JSON.parse(window.sessionStorage.getItem(PLACE)); } catch (e) { return null; } }
  function forget() { try { window.sessionStorage.removeItem(PLACE); } catch (e) { /* as above */ } }

  function tell(name) {
    var place = doc.querySelector('.draft-state');
    place.textContent = name ? place.getAttribute('data-' + name) : '';
    place.classList.toggle('bad', name === 'failed');
  }

  function typed() {
    keep();
    dirty = true;
    tell('unsaved');
    window.clearTimeout(timer);
    timer = window.setTimeout(save, PAUSE);
  }

  function save() {
    window.clearTimeout(timer);
    timer = 0;
    if (!dirty || busy) { return; }
    var text = field.value;
    var body = new URLSearchParams(new FormData(field.form));
    busy = window.fetch(field.getAttribute('data-save'), {
      method: 'POST', body: body, credentials: 'same-origin', headers: { Accept: 'application/json' },
      keepalive: body.toString().length < LEAVES // a page that is left still sends it
    }).then(function (response) {
      if (!response.ok) { throw new Error('not saved'); }
      return response.json();
    }).then(function (answer) { saved(answer, text); }, failed).then(function () {
      busy = null;
      if (dirty && !timer) { save(); }
    });
  }

  function saved(answer, text) {
    field.form.elements.submission.value = answer.submission;
    field.form.elements.draft.value = answer.version;
    dirty = field.value !== text;
    if (dirty) { keep(); return; }
    forget();
    tell(answer.version ? 'saved' : '');
  }

  function failed() {
    tell('failed');
    timer = window.setTimeout(save, AGAIN);
  }

  function put(text) {
    window.deskFocus.to(field);
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
    typed();
  }

  doc.addEventListener('click', function (event) {
    var puts = event.target.closest && event.target.closest('[data-puts]');
    if (!puts || !field) { return; }
    event.preventDefault();
    var menu = puts.closest('details');
    if (menu) { menu.open = false; }
    put(puts.getAttribute('data-puts'));
  });

  if (field) {
    Array.prototype.forEach.call(doc.querySelectorAll('code[data-puts]'), function (code) {
      var button = doc.createElement('button');
      button.type = 'button';
      button.textContent = code.textContent;
      button.setAttribute('data-puts', code.getAttribute('data-puts'));
      code.replaceWith(button);
    });
    var entry = kept();
    if (entry && entry[0] !== field.value) { // the server has not got it yet
      field.value = entry[0];
      field.form.elements.submission.value = entry[1];
      field.form.elements.draft.value = entry[2];
    } else { forget(); }
    if (field.value !== field.defaultValue || (field.value && !field.form.elements.draft.value)) { typed(); }
    field.addEventListener('input', typed);
    window.addEventListener('pagehide', save);
    doc.addEventListener('visibilitychange', function () { if (doc.hidden) { save(); } });
    /* The form is sent when its draft is at rest: what it sends is saved too, over the version that it knows. */
    field.form.addEventListener('submit', function (event) {
      window.clearTimeout(timer);
      if (busy) {
        event.preventDefault();
        event.stopPropagation(); // it has not left: a press that waits is no second one
        busy.then(function () { dirty = false; field.form.requestSubmit(event.submitter); });
        return;
      }
      dirty = false;
      if (event.submitter && event.submitter.name === 'away') { forget(); }
    });
  }

  if (sends) {
    var had = kept();
    if (had && had[0] === sends.elements.text.value) { forget(); }
    sends.addEventListener('submit', forget);
  }
})();
