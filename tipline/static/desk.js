/* The desk's hands: keys, menus and news. Everything here has a visible equivalent that works without it.
   Plain script, no build; htmx does the requests. It loads before the page, so that .js is set before the first paint. */
(function () {
  'use strict';

  var doc = document;
  doc.documentElement.classList.add('js');

  var before = null; // how the tip looked before a swap: id, scroll places, number of entries
  var held = ''; // the id of what had the focus then
  var pending = null; // a key that waits until the tip under the cursor is open
  var chord = 0; // when g was pressed
  var sent = false; // whether a reply or note has just been taken

  /* What requests carry that are not htmx's own: the token against forged ones. */
  window.deskHeaders = function () { return JSON.parse(doc.body.getAttribute('hx-headers')); };

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function shown(element) { return !!(element && element.getClientRects().length); }
  function narrow() { return !shown(one('.list')) || !shown(one('.tip')); }

  function typing(element) {
    if (!element || !element.matches) { return false; }
    if (element.isContentEditable || element.matches('textarea, select')) { return true; }
    return element.matches('input') && !element.matches('[type=checkbox], [type=radio], [type=submit], [type=button]');
  }

  /* ---- the list: cursor and selection ---- */

  function rows() { return all('.rows .row'); }
  function openTip() { return one('#tip[data-tip]'); }
  function rowOf(id) { return doc.getElementById('row-' + id); }

  /* The row that has the focus, else that of the open tip. */
  function cursor() {
    var focused = doc.activeElement && doc.activeElement.closest && doc.activeElement.closest('.row');
    var tip = openTip();
    return focused || (tip && rowOf(tip.getAttribute('data-tip'))) || null;
  }

  function move(step) {
    var list = rows();
    var at = list.indexOf(cursor());
    var next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step];
    if (!next) { return; }
    if (!shown(next)) { one('.open', next).click(); return; } // narrow: only the tip is in sight
    one('.open', next).focus();
    next.scrollIntoView({ block: 'nearest' });
  }

  function selected() { return all('.pick:checked'); }

  function countSelected() {
    var bar = one('.bulk');
    if (!bar) { return; }
    var n = selected().length;
    bar.classList.toggle('on', n > 0);
    all('[data-selected]', bar).forEach(function (element) { element.textContent = String(n); });
  }

  function clearSelection() {
    selected().forEach(function (box) { box.checked = false; });
    countSelected();
  }

  function markCurrent() {
    var tip = openTip();
    var id = tip ? tip.getAttribute('data-tip') : '';
    rows().forEach(function (row) {
      var current = row.getAttribute('data-tip') === id;
      row.classList.toggle('current', current);
      var link = one('.open', row);
      if (current) { link.setAttribute('aria-current', 'true'); } else { link.removeAttribute('aria-current'); }
    });
    doc.body.classList.toggle('has-tip', !!tip);
    doc.body.classList.toggle('no-tip', !tip);
    var row = id && rowOf(id);
    if (row && shown(row) && !narrow()) { row.scrollIntoView({ block: 'nearest' }); }
  }

  /* ---- menus: <details class="menu"> ---- */

  function menuOf(element) { return element && element.closest ? element.closest('details.menu[open]') : null; }

  function closeMenus(except) {
    all('details.menu[open]').forEach(function (menu) {
      if (menu !== except && !(except && menu.contains(except))) { menu.open = false; }
    });
  }

  function options(menu) {
    return all('.option', menu).filter(function (option) { return !option.hidden && shown(option); });
  }

  function openMenu(menu) {
    closeMenus(menu);
    typed = '';
    menu.open = true;
    var field = one('[data-filter]', menu);
    var first = one('.option[aria-current]', menu) || options(menu)[0] || one('input, select, button', menu);
    (field || first || one('summary', menu)).focus();
    if (field) { field.select(); filter(field); }
  }

  /* Hide what does not match; Enter takes the one marked .at. */
  function filter(field) {
    var menu = field.closest('details.menu');
    var wanted = field.value.trim().toLowerCase();
    var exact = false;
    var best = null;
    var second = null;
    all('.option:not([data-new])', menu).forEach(function (option) {
      var label = (option.getAttribute('data-label') || option.textContent).trim().toLowerCase();
      var starts = wanted && (label.indexOf(wanted) === 0 || label.indexOf(' ' + wanted) >= 0);
      var holds = !wanted || label.indexOf(wanted) >= 0;
      option.hidden = !holds;
      option.classList.remove('at');
      exact = exact || label === wanted;
      if (label === wanted) { best = option; }
      if (starts && !best) { best = option; }
      if (wanted && holds && !second) { second = option; }
    });
    var fresh = one('[data-new]', menu);
    if (fresh) {
      fresh.hidden = !wanted || exact;
      fresh.value = field.value.trim();
      fresh.classList.remove('at');
      one('b', fresh).textContent = field.value.trim();
    }
    best = best || second || (fresh && !fresh.hidden ? fresh : null);
    if (best) { best.classList.add('at'); }
  }

  var typed = '';
  var typedAt = 0;

  function typeAhead(menu, key) {
    var now = Date.now();
    typed = now - typedAt > 800 ? key : typed + key;
    typedAt = now;
    var starts = options(menu).filter(function (option) {
      return option.textContent.trim().toLowerCase().indexOf(typed) === 0;
    });
    var found = starts[0] || options(menu).filter(function (option) {
      return option.textContent.trim().toLowerCase().indexOf(' ' + typed) >= 0;
    })[0];
    if (found) { found.focus(); }
  }

  function menuKey(event, menu) {
    var list = options(menu);
    var at = list.indexOf(doc.activeElement);
    var field = one('[data-filter]', menu);
    var marked = one('.option.at', menu);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (doc.activeElement.matches('select, [type=date]')) { return false; }
      var from = at < 0 && marked ? list.indexOf(marked) - (event.key === 'ArrowDown' && !field.value ? 1 : 0) : at;
      var next = list[from + (event.key === 'ArrowDown' ? 1 : -1)];
      if (next) { next.focus(); } else if (field && event.key === 'ArrowUp') { field.focus(); }
      return true;
    }
    if (event.key === 'Enter' && doc.activeElement === field && !event.isComposing && marked && field.value.trim()) {
      marked.click();
      return true;
    }
    if (event.key.length === 1 && event.key !== ' ' && !typing(doc.activeElement)) {
      if (field) { field.focus(); return false; } // the letter goes into the field
      typeAhead(menu, event.key.toLowerCase());
      return true;
    }
    return false;
  }

  /* ---- keys ---- */

  /* Run a key's control: on the selection's bar where tips are selected, else in the tip under the cursor. */
  function act(key) {
    var bar = selected().length ? one('.bulk') : null;
    if (bar && press(key, bar)) { return true; }
    var row = cursor();
    var tip = openTip();
    if (row && (!tip || row.getAttribute('data-tip') !== tip.getAttribute('data-tip'))) {
      pending = key;
      one('.open', row).click();
      return true;
    }
    return press(key, doc);
  }

  function press(key, inside) {
    var control = inside && all('[data-key="' + key + '"]', inside).filter(shown)[0];
    if (!control) { return false; }
    if (control.matches('summary')) {
      openMenu(control.parentNode);
    } else if (control.matches('input[type=radio]')) {
      control.checked = true;
      one(control.getAttribute('data-focus')).focus();
    } else {
      control.click();
    }
    return true;
  }

  function globalKey(event) {
    var key = event.key;
    if (chord && Date.now() - chord < 1500) {
      chord = 0;
      var link = one('[data-go="' + key + '"]');
      if (link) { link.click(); return true; }
    }
    switch (key) {
      case 'j': move(1); return true;
      case 'k': move(-1); return true;
      case 'g': chord = Date.now(); return true;
      case '/': var search = one('#search'); if (search) { search.focus(); search.select(); } return !!search;
      case '?': return press('?', doc);
      case 'z': return press('z', one('.notices'));
      case 'x':
        var row = cursor();
        var box = row && one('.pick', row);
        if (box) { box.checked = !box.checked; countSelected(); }
        return !!box;
    }
    return /^[aitsvfrnemuyd!]$/.test(key) && act(key);
  }

  function escape() {
    var menu = one('details.menu[open]');
    if (menu) {
      menu.open = false;
      one('summary', menu).focus();
    } else if (typing(doc.activeElement)) {
      doc.activeElement.blur();
    } else if (selected().length) {
      clearSelection();
    } else if (shown(one('.tip-head .back'))) {
      one('.tip-head .back').click();
    } else {
      var row = cursor();
      if (row) { one('.open', row).focus(); }
    }
  }

  doc.addEventListener('keydown', function (event) {
    if (event.isComposing || event.keyCode === 229 || one('dialog[open]')) { return; }
    var element = doc.activeElement;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && element.matches('textarea')) {
      event.preventDefault();
      one('[data-send]', element.form).click();
      return;
    }
    if (event.key === 'Escape') { escape(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var menu = menuOf(element);
    if (menu) {
      if (menuKey(event, menu)) { event.preventDefault(); }
      return;
    }
    if (!typing(element) && globalKey(event)) { event.preventDefault(); }
  });

  /* ---- selection, menus: what the page itself tells us ---- */

  doc.addEventListener('input', function (event) {
    var field = event.target;
    if (field.matches('[data-filter]')) { filter(field); }
  });

  doc.addEventListener('change', function (event) {
    if (event.target.matches('.pick')) { countSelected(); }
    if (event.target.matches('[data-select-all]')) {
      all('.pick').forEach(function (box) { box.checked = event.target.checked; });
      countSelected();
    }
  });

  doc.addEventListener('click', function (event) {
    closeMenus(event.target);
    var summary = event.target.closest && event.target.closest('details.menu > summary');
    if (summary && !summary.parentNode.open) {
      window.setTimeout(function () { if (summary.parentNode.open) { openMenu(summary.parentNode); } }, 0);
    }
    if (event.target.closest('[data-clear]')) { clearSelection(); }
    var dialog = event.target.closest('dialog');
    if (dialog && (event.target === dialog || event.target.closest('[data-close]'))) { dialog.close(); }
  });

  /* A plain form on its way is not sent twice by a second press: two copies of a callout help nobody. */
  doc.addEventListener('submit', function (event) {
    var form = event.target;
    if (form.matches('[data-download], [hx-post], [method=dialog]')) { return; }
    if (Date.now() - (form.sentAt || 0) < 2000) { event.preventDefault(); return; }
    form.sentAt = Date.now();
  });

  /* Who wrote a note goes on with notes: the tab must not turn to the reader under their hands. */
  function keepTab() {
    var tip = openTip();
    var tab = tip && before && before.tip === tip.getAttribute('data-tip') && doc.getElementById(before.tab);
    if (tab) { tab.checked = true; }
  }

  /* ---- swaps ---- */

  /* The newest message in view where there are several; where one was, if the same tip comes again. */
  function place() {
    var tip = openTip();
    var talk = one('.talk');
    if (!tip || !talk || narrow()) { return; }
    var entries = all('.conversation > li', talk);
    if (before && before.tip === tip.getAttribute('data-tip')) {
      talk.scrollTop = entries.length > before.entries ? talk.scrollHeight : before.talk;
      one('.side').scrollTop = before.side;
      return;
    }
    var messages = all('.conversation > .message', talk);
    var last = messages[messages.length - 1];
    talk.scrollTop = messages.length > 1 ? last.offsetTop - talk.offsetTop - 16 : 0;
  }

  /* A run of changes that was opened stays open when the same tip comes again. */
  function keepRuns() {
    var tip = openTip();
    if (!tip || !before || before.tip !== tip.getAttribute('data-tip')) { return; }
    before.runs.forEach(function (id) {
      var run = doc.getElementById(id);
      if (run) { run.open = true; }
    });
  }

  /* The focus goes back to the menu or button that made the change; where another tip is open, to its row. */
  function refocus() {
    if (sent && typing(doc.activeElement)) { doc.activeElement.blur(); } // htmx puts it back; keys are to work again
    sent = false;
    if (doc.activeElement && doc.activeElement !== doc.body) { return; }
    var tip = openTip();
    var same = tip && before && before.tip === tip.getAttribute('data-tip');
    var row = tip && rowOf(tip.getAttribute('data-tip'));
    var goal = same && held && doc.getElementById(held);
    if (!goal || !shown(goal) || typing(goal)) { // after sending, keys work again
      goal = shown(row) ? one('.open', row) : doc.getElementById('tip-title');
    }
    if (goal) { goal.focus({ preventScroll: true }); }
  }

  function say(name) {
    var box = one('.notices');
    var text = box && box.getAttribute('data-' + name);
    if (!text) { return; }
    var flash = doc.createElement('div');
    flash.className = 'notice error';
    flash.setAttribute('role', 'alert');
    flash.textContent = text;
    all('.notice.error', box).forEach(function (old) { old.remove(); });
    box.appendChild(flash);
  }

  doc.addEventListener('htmx:beforeSwap', function (event) {
    var detail = event.detail;
    var path = detail.xhr.responseURL ? new URL(detail.xhr.responseURL).pathname : '';
    if (path === '/login') { // signed out meanwhile: what was typed stays on the page
      detail.shouldSwap = false;
      say('signed-out');
      return;
    }
    var menu = menuOf(doc.activeElement);
    held = menu ? one('summary', menu).id : doc.activeElement && doc.activeElement.id;
    var tip = openTip();
    var talk = one('.talk');
    before = tip && talk ? {
      tip: tip.getAttribute('data-tip'), talk: talk.scrollTop, side: one('.side').scrollTop,
      tab: (one('.composer > input:checked') || {}).id,
      entries: all('.conversation > li', talk).length,
      runs: all('.run > details[open]', talk).map(function (run) { return run.id; })
    } : null;
    var form = detail.shouldSwap && detail.xhr.status < 400 && detail.requestConfig.elt;
    sent = !!(form && form.matches('form') && one('[data-send]', form)); // a reply or note, or a button beside it
  });

  doc.addEventListener('htmx:afterSwap', function (event) {
    var target = event.detail.target || doc.body; // none where the history brought a page back
    if (target.id === 'dialog-body') { one('#dialog').showModal(); return; }
    markCurrent();
    if (target.id === 'tip') { keepTab(); }
    if (target.id === 'list') { countSelected(); }
    if (target.id === 'tip' || target.id === 'conversation') { keepRuns(); place(); }
    if (target.id === 'tip' && narrow()) { window.scrollTo(0, 0); }
    if (target.id === 'tip') { refocus(); }
  });

  doc.addEventListener('htmx:afterSettle', function () {
    if (!pending || !openTip()) { return; }
    var key = pending;
    pending = null;
    press(key, doc);
  });

  doc.addEventListener('htmx:responseError', function (event) {
    pending = null;
    var status = event.detail.xhr.status;
    say(status === 401 || status === 400 ? 'signed-out' : status === 404 ? 'missing' : 'failed');
  });
  doc.addEventListener('htmx:sendError', function () { pending = null; say('offline'); });

  /* What was done is said for ten seconds; errors stay. The way back stays too: by z, and in the tip's history. */
  window.setInterval(function () {
    all('#notices .notice:not(.error)').forEach(function (notice) {
      var age = Number(notice.getAttribute('data-age') || 0) + 1;
      notice.setAttribute('data-age', String(age));
      if (age > 10 && one('.has-tip, .no-tip') && !notice.matches(':hover, :focus-within')) { notice.remove(); }
    });
  }, 1000);

  doc.addEventListener('DOMContentLoaded', function () {
    before = null;
    markCurrent();
    place();
    countSelected();
  });
})();
