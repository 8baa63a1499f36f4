/* The desk's hands: keys and news (menus.js: its menus). Everything here has a visible equivalent that works without it.
   Plain script, no build; htmx does the requests. It loads before the page, so that .js is set before the first paint. */
(function () {
  'use strict';

  var doc = document;
  doc.documentElement.classList.add('js');

  var RESTS = 120; // ms without another j or k, after which the tip under the cursor is opened
  var MOST_ROWS = 900; // a header holds 8 KB
  var ROW = /<li id="row-([0-9]+)" hx-swap-oob="delete"><\/li>/g; // one that left

  var was = null; // before a swap: the tip, what had the focus, and what asked
  var ways = []; // where to go on from a tip that leaves the list or is closed: ids of rows, the best first
  var moving = ''; // the tip whose row j or k reached, until it is there
  var asked = ''; // the one of them that was asked for
  var resting = 0; // timer
  var pending = null; // a key that waits until the tip under the cursor is open, and which that is
  var chord = 0; // when g was pressed

  /* What requests carry that are not htmx's own: the token against forged ones. */
  window.deskHeaders = function () { return JSON.parse(doc.body.getAttribute('hx-headers')); };

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function shown(element) { return !!(element && element.getClientRects().length); }
  function typing(element) { return window.deskFocus.typing(element); }
  function narrow() { return !shown(one('.list')) || !shown(one('.tip')); }

  /* ---- the list and its cursor: the open tip has it, so that keys act on what is shown ---- */

  function rows() { return all('.rows .row'); }
  function tipId() { var tip = one('#tip[data-tip]'); return tip ? tip.getAttribute('data-tip') : ''; }
  function idOf(row) { return row.getAttribute('data-tip'); }
  function rowOf(id) { return doc.getElementById('row-' + id); }
  function focused() { return doc.activeElement && doc.activeElement.closest('.row'); }
  function cursor() { return rowOf(moving || tipId()) || focused(); }
  function goOn() { return ways.map(rowOf).filter(Boolean)[0]; }

  function move(step) {
    var list = rows();
    var at = list.indexOf(cursor());
    var on = list.indexOf(goOn());
    var next = at >= 0 ? at + step : on >= 0 ? on + Math.min(step, 0) : step > 0 ? 0 : list.length - 1;
    if (!list[next]) { return; }
    reach(list[next]);
    if (!tipId()) { return; }
    moving = idOf(list[next]);
    window.clearTimeout(resting);
    resting = window.setTimeout(arrive, RESTS);
  }

  function reach(row) {
    if (!shown(row)) { return; } // one pane: only the tip is in sight
    window.deskFocus.to(one('.open', row), { preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  function arrive() {
    window.clearTimeout(resting);
    if (moving === tipId()) { moving = ''; }
    if (!rowOf(moving) || asked === moving) { return; }
    asked = moving;
    one('.open', rowOf(moving)).click();
  }

  function stay() { moving = asked = ''; pending = null; }

  function markCurrent() {
    var id = tipId();
    rows().forEach(function (row) {
      var current = idOf(row) === id;
      row.classList.toggle('current', current);
      var link = one('.open', row);
      if (current) { link.setAttribute('aria-current', 'true'); } else { link.removeAttribute('aria-current'); }
    });
    doc.body.classList.toggle('has-tip', !!id);
    doc.body.classList.toggle('no-tip', !id);
  }

  function showCurrent() {
    var row = rowOf(tipId());
    if (shown(row) && !narrow()) { row.scrollIntoView({ block: 'nearest' }); }
  }

  /* ---- keys ---- */

  /* What the bar of ticked tips shows only with its "More". */
  function folded(control) { return shown(control.closest('.bulk')); }

  /* Run a key's control: on the selection's bar where tips are selected, else in the tip under the cursor. */
  function act(key) {
    if (window.deskTicks.any() && press(key, one('.bulk'))) { return true; }
    var row = tipId() ? moving !== tipId() && rowOf(moving) : focused();
    if (!row) { return press(key, doc); }
    moving = idOf(row);
    pending = { key: key, tip: moving };
    arrive();
    return true;
  }

  function press(key, inside) {
    var snoozes = key === 'h'; // the menu of follow-ups, as its own h leaves it
    var found = inside ? all('[data-key="' + (snoozes ? 'f' : key) + '"]', inside) : [];
    var control = found.filter(shown)[0] || found.filter(folded)[0];
    if (!control) { return false; }
    if (control.matches('summary')) {
      window.deskMenus.open(control.parentNode);
      if (snoozes) { one('[name=snooze]', control.parentNode).checked = true; }
    } else if (control.matches('input[type=radio]')) {
      control.checked = true;
      window.deskFocus.to(one(control.getAttribute('data-focus')));
    } else {
      control.click();
    }
    return true;
  }

  function tick(how) {
    var row = cursor();
    if (!row || !one('.pick', row)) { return false; }
    how(row);
    return true;
  }

  /* As j and k, and both the row that was left and the one that is reached are ticked. */
  function stretch(step) {
    var from = cursor();
    move(step);
    return tick(function (row) { window.deskTicks.both(from || row, row); });
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
      case '/': var search = one('#search'); if (search) { window.deskFocus.to(search); search.select(); } return !!search;
      case '?': return press('?', doc);
      case 'z': return press('z', one('.notices'));
      case 'x': return tick(window.deskTicks.turn);
      case 'X': return tick(window.deskTicks.upTo);
      case 'J': return stretch(1);
      case 'K': return stretch(-1);
      case 'T': case 'U': return window.deskTicks.any() && press(key, one('.bulk'));
    }
    return /^[aitsvfhrnemuyd!]$/.test(key) && act(key);
  }

  function escape() {
    var menu = one('details.menu[open]');
    if (menu) {
      menu.open = false;
      window.deskFocus.to(one('summary', menu));
    } else if (typing(doc.activeElement)) {
      doc.activeElement.blur();
    } else if (window.deskTicks.any()) {
      window.deskTicks.none();
    } else if (shown(one('.tip-head .back'))) {
      one('.tip-head .back').click();
    } else {
      var row = cursor();
      if (row) { window.deskFocus.to(one('.open', row)); }
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
    var menu = window.deskMenus.of(element);
    if (menu) {
      if (window.deskMenus.key(event, menu, typing(element))) { event.preventDefault(); }
      return;
    }
    if (!typing(element) && globalKey(event)) { event.preventDefault(); }
  });

  /* ---- what the page itself tells us ---- */

  /* Let go, it has come to rest. */
  doc.addEventListener('keyup', function (event) { if (/^[jk]$/i.test(event.key)) { arrive(); } });

  doc.addEventListener('click', function (event) {
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

  /* ---- swaps ---- */

  /* Where to go on when a tip is closed: at it, where it was only looked at, else at the row after the last one that
     was changed. */
  function waysFrom(row, looked) {
    var ids = rows().map(idOf);
    var at = ids.indexOf(idOf(row));
    return looked ? [ids[at]] : ids.slice(at + 1).concat(ids.slice(0, at + 1).reverse());
  }

  function look(event) {
    var request = event.detail.requestConfig;
    var menu = window.deskMenus.of(doc.activeElement);
    var row = request.elt.matches('#bulk, [data-bulk]') ? window.deskTicks.last() : rowOf(tipId()) || focused();
    was = {
      tip: tipId(),
      asked: request.askedAt,
      held: menu ? one('summary', menu).id : doc.activeElement && doc.activeElement.id,
      wrote: event.detail.xhr.status < 400 && request.elt.matches('form') && !!one('[data-send]', request.elt)
    };
    if (row && /^(tip|list)$/.test(event.detail.target.id)) { ways = waysFrom(row, request.verb === 'get'); }
  }

  /* The focus goes back to the menu or button that made the change; where another tip is open, to its row; where none
     is, to the row to go on from. */
  function refocus() {
    var same = tipId() && was && was.tip === tipId();
    if (was && was.wrote) { window.deskFocus.leave(was.asked); } // htmx puts it back; keys are to work
    if (same ? doc.activeElement !== doc.body : typing(doc.activeElement)) { return; }
    if (!tipId() && goOn()) { reach(goOn()); return; }
    var row = rowOf(tipId());
    var goal = same && was.held && doc.getElementById(was.held);
    if (!goal || !shown(goal) || (was.wrote && typing(goal))) {
      goal = shown(row) ? one('.open', row) : doc.getElementById('tip-title');
    }
    window.deskFocus.late(goal, { preventScroll: true });
  }

  /* What was searched for gets the keys; where nothing was found, the words can be mended. */
  function enterList(search, asked) {
    var list = one('#list');
    if (search && rows().length) { window.deskFocus.leave(asked); }
    if (typing(doc.activeElement) || list.contains(doc.activeElement)) { return; }
    var row = tipId() ? rowOf(tipId()) : search ? rows()[0] : goOn();
    if (row) { reach(row); } else if (search) { window.deskFocus.late(list); }
  }

  /* What stands in the dialog gives it its name. */
  function ask(body) {
    var dialog = one('#dialog');
    dialog.setAttribute('aria-label', one('h1', body).textContent);
    dialog.showModal();
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
    // Two answers may tell of one row: the later finds it gone.
    detail.serverResponse = detail.serverResponse.replace(ROW, function (row, id) { return rowOf(id) ? row : ''; });
    var asking = detail.requestConfig.elt;
    if (asking.matches('#seen')) { // its tip may be closed by now, and its row may have left
      var tip = asking.closest('.tip');
      if (!tip || !rowOf(idOf(tip))) { detail.shouldSwap = false; return; }
    }
    look(event);
  });

  doc.addEventListener('htmx:afterSwap', function (event) {
    var target = event.detail.target || doc.body; // none where the history brought a page back
    if (target.id === 'dialog-body') { if (!window.deskFocus.usedSince(event.detail.requestConfig.askedAt)) { ask(target); } return; }
    markCurrent();
    window.deskKeepPlaces(target.id);
    if (/^(tip|list)$/.test(target.id)) { showCurrent(); }
    if (target.id === 'list') { enterList(event.detail.requestConfig.elt.matches('.search'), event.detail.requestConfig.askedAt); }
    if (target.id !== 'tip') { return; }
    if (pending && pending.tip !== tipId()) { pending = null; }
    moving = asked = '';
    refocus();
  });

  doc.addEventListener('htmx:historyCacheMissLoad', function () {
    ways = [tipId()];
    was = null;
    stay();
  });
  doc.addEventListener('htmx:historyRestore', function () { markCurrent(); showCurrent(); refocus(); });

  /* That a tip was read may be told when another one is open: its row comes as that of the open one. */
  doc.addEventListener('htmx:afterSettle', function (event) {
    if (event.target.matches('.row')) { markCurrent(); }
    if (!pending || pending.tip !== tipId()) { return; }
    var key = pending.key;
    pending = null;
    press(key, doc);
  });

  /* Which rows the list holds: others that a change touches have no place on this page. */
  doc.addEventListener('htmx:configRequest', function (event) {
    if (one('#list')) { event.detail.headers['Desk-Rows'] = rows().slice(-MOST_ROWS).map(idOf).join(); }
  });

  doc.addEventListener('htmx:responseError', function (event) {
    stay();
    var status = event.detail.xhr.status;
    say(status === 401 || status === 400 ? 'signed-out' : status === 404 ? 'missing' : 'failed');
  });
  doc.addEventListener('htmx:sendError', function () { stay(); say('offline'); });

  /* What was done is said for ten seconds; errors stay. The way back stays too: by z, and in the tip's history. */
  window.setInterval(function () {
    all('#notices .notice:not(.error)').forEach(function (notice) {
      var age = Number(notice.getAttribute('data-age') || 0) + 1;
      notice.setAttribute('data-age', String(age));
      if (age > 10 && one('.has-tip, .no-tip') && !notice.matches(':hover, :focus-within')) { notice.remove(); }
    });
  }, 1000);

  doc.addEventListener('DOMContentLoaded', function () {
    markCurrent();
    showCurrent();
  });
})();
