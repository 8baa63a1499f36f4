/* What others do meanwhile: one request in ten seconds, while the page is in sight and somebody is at it.
   Nothing moves by itself: a pill says what came, marks say who is where. */
(function () {
  'use strict';

  var doc = document;
  var address = doc.currentScript.getAttribute('data-live');
  var EVERY = 10000;
  var seen = ''; // what the server told last, as it names it
  var told = { list: '', tip: '', rows: {}, unread: {} };
  var at = null; // the tip that was open at the last request
  var touched = Date.now();
  var typedAt = 0;
  var asking = false;
  var again = false;

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function openTip() { var tip = one('#tip[data-tip]'); return tip ? tip.getAttribute('data-tip') : null; }

  /* Somebody writes who has words in a field and typed a moment ago. */
  function writing() {
    return Date.now() - typedAt < 20000 && all('.composer textarea').some(function (field) { return field.value.trim(); });
  }

  function form() {
    var body = new URLSearchParams();
    var news = one('#news');
    var company = one('#company');
    var tip = openTip();
    body.set('seen', seen);
    if (news) {
      ['q', 'since', 'at'].forEach(function (name) { body.set(name, news.getAttribute('data-' + name)); });
      body.set('rows', all('.rows .row').slice(0, 200).map(function (row) { return row.getAttribute('data-tip'); }).join());
    }
    if (tip) { body.set('tip', tip); }
    if (tip && company) { body.set('tip_at', company.getAttribute('data-at')); }
    if (tip && writing()) { body.set('writing', '1'); }
    if (at && at !== tip) { body.set('left', at); }
    at = tip;
    return body;
  }

  function ask() {
    if (asking) { again = true; return; }
    asking = true;
    var sent = form();
    fetch(address, { method: 'POST', body: sent, headers: window.deskHeaders(), redirect: 'error' }).then(function (answer) {
      return answer.status === 200 ? answer.json() : null;
    }).then(function (news) {
      if (news && sent.get('tip') === openTip()) { seen = news.seen; told = news; show(); }
    }).catch(function () { /* no connection, or signed out: whatever the person does next says so */ }).then(function () {
      asking = false;
      if (again) { again = false; ask(); }
    });
  }

  function put(place, html) {
    if (!place || place.innerHTML === html) { return; }
    place.innerHTML = html;
    if (window.htmx) { window.htmx.process(place); }
  }

  function show() {
    put(one('#news'), told.list);
    if (openTip()) { put(one('#company-now'), told.tip); }
    all('[data-activity]').forEach(function (n) { n.textContent = told.activity > 99 ? '99+' : told.activity || ''; });
    marks();
    unread();
  }

  /* A reader wrote: the row says so where it stands. Nothing in it is drawn anew, so that focus and ticks stay. */
  function unread() {
    Object.keys(told.unread).forEach(function (id) {
      var row = one('#row-' + id);
      if (!row) { return; }
      row.classList.add('unread');
      if (!one('.dot', row)) { one('.who', row).insertAdjacentHTML('afterbegin', told.unread[id].dot); }
      if (!one('.back', row)) { one('.marks .end', row).insertAdjacentHTML('afterbegin', told.unread[id].back); }
      if (told.unread[id].age) { one('.age', row).innerHTML = told.unread[id].age; }
    });
  }

  function marks() {
    all('.row .here').forEach(function (mark) { mark.remove(); });
    Object.keys(told.rows).forEach(function (id) {
      var end = one('#row-' + id + ' .marks .end');
      if (!end) { return; }
      var mark = doc.createElement('span');
      mark.className = told.rows[id].writing ? 'here writing' : 'here';
      mark.textContent = told.rows[id].mark;
      mark.title = told.rows[id].words;
      mark.setAttribute('role', 'img');
      mark.setAttribute('aria-label', told.rows[id].words);
      end.insertBefore(mark, end.firstChild);
    });
  }

  /* A page that nobody touches asks for nothing, so that a desk left alone signs out in time. */
  ['keydown', 'pointerdown', 'pointermove', 'wheel'].forEach(function (name) {
    doc.addEventListener(name, function () { touched = Date.now(); }, { passive: true });
  });

  doc.addEventListener('input', function (event) {
    if (!event.target.matches('.composer textarea')) { return; }
    var was = writing();
    typedAt = Date.now();
    if (!was && writing()) { ask(); }
  });

  /* Where the list or the tip was drawn anew, it knows all; what was told before is told again. */
  doc.addEventListener('htmx:afterSwap', function (event) {
    var id = event.detail.target ? event.detail.target.id : '';
    if (id === 'list' || id === 'tip') { seen = ''; }
    if (id === 'tip' && at !== openTip()) { typedAt = 0; ask(); }
    marks();
  });

  doc.addEventListener('visibilitychange', function () { if (!doc.hidden) { ask(); } });

  /* Who leaves the page of activity has seen it; not who only looks at one of its tips and comes back. */
  var looking = false;
  doc.addEventListener('click', function (event) {
    if (event.target.closest && event.target.closest('#activity article a')) { looking = true; }
  });
  window.addEventListener('pageshow', function () { looking = false; });
  window.addEventListener('pagehide', function () {
    var known = doc.getElementById('activity-seen');
    if (!known || looking) { return; }
    fetch(known.action, { method: 'POST', body: new URLSearchParams(new FormData(known)), keepalive: true, redirect: 'manual' }).catch(function () { /* gone */ });
  });

  window.addEventListener('pagehide', function () {
    if (!at) { return; }
    var body = new URLSearchParams({ left: at });
    fetch(address, { method: 'POST', body: body, headers: window.deskHeaders(), keepalive: true }).catch(function () { /* gone */ });
    at = null;
  });

  window.setInterval(function () {
    if (!doc.hidden && Date.now() - touched < 300000) { ask(); }
  }, EVERY);

  ask();
})();
