/* The search field offers what goes on from what is typed: an ARIA 1.2 combobox. The field keeps the focus; the server
   says what there is. Without it one types the same words. */
(function () {
  'use strict';

  var doc = document;
  var asked = null; // the request that is on its way
  var timer = 0;
  var swapped = 0; // when a part of the page came anew
  var at = -1; // which option is chosen; -1 is none

  function field() { return doc.getElementById('search'); }
  function box() { return doc.querySelector('.suggestions'); }
  function isOpen() { var b = box(); return !!b && !b.hidden; }
  function options() { var b = box(); return b ? Array.prototype.slice.call(b.querySelectorAll('[role=option]')) : []; }

  function post(address, words) {
    var form = new URLSearchParams(words);
    return fetch(address, { method: 'POST', body: form, headers: window.deskHeaders(), keepalive: true });
  }

  /* The field becomes a combobox when it is first used; a new list brings a new field. */
  function dress(input) {
    if (input.getAttribute('role') === 'combobox') { return; }
    var made = doc.createElement('div');
    made.className = 'suggestions';
    made.hidden = true;
    input.parentNode.appendChild(made);
    var dressed = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'suggestions' };
    Object.keys(dressed).forEach(function (name) { input.setAttribute(name, dressed[name]); });
  }

  /* What one walks through stays as it is: an answer that comes late would take the choice away. */
  function hold() {
    window.clearTimeout(timer);
    if (asked) { asked.abort(); asked = null; }
  }

  function close() {
    hold();
    var b = box();
    var input = field();
    if (b) { b.hidden = true; }
    at = -1;
    if (input && input.getAttribute('role')) {
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    }
  }

  function choose(n) {
    var list = options();
    at = n;
    list.forEach(function (option, i) { option.setAttribute('aria-selected', String(i === n)); });
    if (list[n]) {
      field().setAttribute('aria-activedescendant', list[n].id);
      list[n].scrollIntoView({ block: 'nearest' });
    } else {
      field().removeAttribute('aria-activedescendant');
    }
  }

  function show(html) {
    var b = box();
    var input = field();
    if (!b || doc.activeElement !== input) { return; }
    b.innerHTML = html;
    at = -1;
    b.hidden = !options().length;
    input.setAttribute('aria-expanded', String(!b.hidden));
    input.removeAttribute('aria-activedescendant');
  }

  function ask() {
    var input = field();
    if (!input) { return; }
    dress(input);
    if (asked) { asked.abort(); }
    asked = new AbortController();
    var typed = input.value.slice(0, input.selectionStart);
    var signal = asked.signal;
    fetch(input.getAttribute('data-suggest') + '?q=' + encodeURIComponent(typed), { signal: signal })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ''; })
      .then(function (html) { if (!signal.aborted) { show(html); } })
      .catch(function () { /* offline, or asked anew: nothing is offered */ });
  }

  function askSoon() {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 90);
  }

  /* A whole search or view is gone to; a filter is put into the field, and its values or the next word offered. */
  function take(option) {
    var address = option.getAttribute('data-address');
    if (address !== null) { close(); window.location.assign(address); return; }
    var input = field();
    var typed = option.getAttribute('data-typed');
    var rest = input.value.slice(input.selectionEnd).replace(/^\S+/, '');
    input.value = typed + rest.replace(/^\s+/, /\s$/.test(typed) ? '' : ' ');
    input.setSelectionRange(typed.length, typed.length);
    if (/\s$/.test(typed)) { close(); } else { ask(); }
  }

  function key(event) {
    var input = field();
    if (event.target !== input || event.isComposing || event.keyCode === 229) { return; }
    var n = options().length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen()) { ask(); return; }
      hold();
      var step = event.key === 'ArrowDown' ? 1 : -1;
      choose(at + step < -1 ? n - 1 : at + step >= n ? -1 : at + step);
    } else if (event.key === 'Enter' && isOpen() && at >= 0) {
      event.preventDefault();
      take(options()[at]);
    } else if (event.key === 'Tab' && isOpen() && at >= 0 && !event.shiftKey) {
      event.preventDefault();
      take(options()[at]);
    } else if (event.key === 'Escape' && isOpen()) {
      event.stopPropagation(); // the first one closes the options, the next leaves the field
      close();
    }
  }

  window.addEventListener('keydown', key, true); // before the desk's own keys

  doc.addEventListener('input', function (event) {
    if (event.target === field() && !event.isComposing) { askSoon(); }
  });
  doc.addEventListener('compositionend', function (event) { if (event.target === field()) { askSoon(); } });
  doc.addEventListener('focusin', function (event) {
    if (event.target !== field()) { return; }
    dress(field());
    if (Date.now() - swapped > 300) { askSoon(); } // htmx gives the focus back after a swap: nobody asked for offers
  });
  doc.addEventListener('htmx:beforeSwap', function () { swapped = Date.now(); });
  doc.addEventListener('focusout', function (event) { if (event.target === field()) { close(); } });

  doc.addEventListener('pointerdown', function (event) {
    var option = event.target.closest && event.target.closest('.suggestions');
    if (option) { event.preventDefault(); } // the field keeps the focus
  });
  doc.addEventListener('click', function (event) {
    var option = event.target.closest && event.target.closest('.suggestions [role=option]');
    var forget = event.target.closest && event.target.closest('[data-clear-recent]');
    if (option) { take(option); }
    if (forget) { post(forget.getAttribute('data-clear-recent'), {}).then(ask); }
    if (event.target === field() && !isOpen()) { ask(); }
  });

  doc.addEventListener('submit', function (event) {
    var input = field();
    if (!input || event.target !== input.form) { return; }
    close();
    var words = new URLSearchParams(new FormData(input.form));
    if (input.value.trim()) { post(input.getAttribute('data-remember'), words); }
  }, true);
})();
