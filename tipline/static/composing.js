/* The composer's hands: drafts saved while one types, files attached when chosen, saved replies by /name.
   Without it the same is done by buttons. Plain script, no build. */
(function () {
  'use strict';

  var doc = document;
  var PAUSE = 1200; // ms without a key before a draft is saved
  var LEAVES = 60000; // bytes that browsers still send for a page that is left
  var AGAIN = 15000; // ms after which a failed save is tried again
  var kept = {}; // by tip and kind: what was typed, and which version of it the server has

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function keyOf(field) { return field.getAttribute('data-draft'); }
  function fieldOf(key) { return one('[data-draft="' + key + '"]'); }
  function said(name) { return one('#composer').getAttribute('data-' + name); }

  /* ---- drafts ---- */

  function tell(key, name) {
    var field = fieldOf(key);
    var place = field && one('.draft-state');
    if (place) { place.textContent = name ? said(name) : ''; place.classList.toggle('bad', name === 'failed' || name === 'gone'); }
  }

  function versionField(key) {
    var field = fieldOf(key);
    return field && field.form.elements.draft;
  }

  /* The list's row says that there is a draft; the server draws it so the next time. */
  function markRow(key, begun) {
    var row = doc.getElementById('row-' + key.split(':')[0]);
    var end = row && one('.marks .end', row);
    if (!end || !one('#composer')) { return; }
    var mark = one('.begun', end);
    if (begun && !mark) {
      mark = doc.createElement('span');
      mark.className = 'begun';
      mark.textContent = said('begun');
      end.insertBefore(mark, end.firstChild);
    } else if (!begun && mark && !Object.keys(kept).some(function (k) {
      return k !== key && k.split(':')[0] === key.split(':')[0] && kept[k].text.trim();
    })) { mark.remove(); }
  }

  function body(key) {
    var state = kept[key];
    var data = new URLSearchParams();
    data.set('compose', key.split(':')[1]);
    data.set('text', state.text);
    data.set('draft', state.version);
    data.set('csrf_token', state.token);
    return data;
  }

  function isLong(key) { return body(key).toString().length > LEAVES; }

  function save(key) {
    var state = kept[key];
    window.clearTimeout(state.timer);
    if (!state.dirty || state.stuck || state.gone) { return; }
    if (state.busy) { state.again = true; return; }
    var text = state.text;
    state.busy = window.fetch(state.url, {
      method: 'POST', body: body(key), headers: { Accept: 'application/json' }, credentials: 'same-origin',
      keepalive: !isLong(key) // a page that is left still sends it
    }).then(function (response) {
      if (response.status === 403 || response.status === 404) { gone(key); return; }
      var typed = (response.headers.get('Content-Type') || '').indexOf('json') >= 0;
      if (!typed) { throw new Error('signed out'); }
      return response.json().then(function (answer) { saved(key, response.status, answer, text); });
    }).catch(function () { failed(key); }).then(function () {
      state.busy = null;
      if (state.again) { state.again = false; save(key); }
    });
  }

  function saved(key, status, answer, text) {
    var state = kept[key];
    if (!state) { return; } // sent meanwhile
    if (status === 409) { stuck(key, answer); return; }
    if (status !== 200) { tell(key, 'failed'); return; } // too long: no use to try the same again
    state.version = answer.version;
    state.dirty = state.text !== text;
    var version = versionField(key);
    if (version) { version.value = answer.version; }
    tell(key, state.dirty ? 'unsaved' : answer.version ? 'saved' : '');
    markRow(key, !!answer.version);
  }

  function failed(key) {
    tell(key, 'failed');
    kept[key].timer = window.setTimeout(function () { save(key); }, AGAIN);
  }

  /* Erased, moved, or not theirs any more: to ask again is no use, and the words are in the field alone. */
  function gone(key) {
    if (!kept[key]) { return; }
    kept[key].gone = true;
    tell(key, 'gone');
  }

  /* Another window saved since: nothing is overwritten before a person has chosen. */
  function stuck(key, answer) {
    var field = fieldOf(key);
    kept[key].stuck = answer;
    tell(key, 'unsaved');
    if (!field) { return; }
    var box = one('.other-window', field.form);
    one('.said', box).textContent = answer.said;
    one('.words', box).textContent = answer.text;
    one('[data-take]', box).hidden = !answer.text;
    box.hidden = false;
  }

  function choose(button) {
    var field = one('[data-draft]', button.form);
    var state = kept[keyOf(field)];
    var box = one('.other-window', button.form);
    if (state.stuck) { state.version = state.stuck.version; }
    if (button.hasAttribute('data-take')) { field.value = state.text = one('.words', box).textContent; }
    state.stuck = null;
    state.dirty = true;
    box.hidden = true;
    window.deskFocus.to(field);
    save(keyOf(field));
  }

  /* Fields that have come: what is typed and not saved yet stands before what the server drew. */
  function take() {
    all('[data-draft]').forEach(function (field) {
      var key = keyOf(field);
      var state = kept[key];
      if (state && state.dirty && !state.sent) {
        field.value = state.text;
        versionField(key).value = state.version;
        one('#' + field.getAttribute('data-tab')).checked = true;
        if (state.stuck) { stuck(key, state.stuck); }
        return;
      }
      if (state) { window.clearTimeout(state.timer); }
      var there = !one('.other-window', field.form).hidden;
      kept[key] = {
        text: field.value, version: versionField(key).value, url: field.getAttribute('data-save'),
        token: field.form.elements.csrf_token.value, dirty: false,
        stuck: there ? { version: versionField(key).value, text: one('.other-window .words', field.form).textContent, said: one('.other-window .said', field.form).textContent } : null
      };
    });
  }

  doc.addEventListener('input', function (event) {
    var field = event.target;
    if (!field.matches || !field.matches('[data-draft]')) { return; }
    var key = keyOf(field);
    var state = kept[key];
    state.text = field.value;
    state.dirty = true;
    if (state.gone) { return; }
    tell(key, 'unsaved');
    window.clearTimeout(state.timer);
    state.timer = window.setTimeout(function () { save(key); }, PAUSE);
  });

  function saveAll() { Object.keys(kept).forEach(save); }
  window.addEventListener('pagehide', saveAll);
  doc.addEventListener('visibilitychange', function () { if (doc.hidden) { saveAll(); } });
  window.addEventListener('beforeunload', function (event) {
    var lost = Object.keys(kept).some(function (key) {
      var state = kept[key];
      return state.dirty && state.text.trim() && (state.stuck || state.gone || isLong(key));
    });
    if (lost) { event.preventDefault(); }
  });

  /* A form is sent when its draft is at rest, or a late one would come back after it. */
  doc.addEventListener('htmx:confirm', function (event) {
    var field = event.target.matches('.composer form') && one('[data-draft]', event.target);
    var state = field && kept[keyOf(field)];
    if (!state) { return; }
    window.clearTimeout(state.timer);
    if (!state.busy) { return; }
    event.preventDefault();
    state.again = false;
    state.busy.then(function () { event.detail.issueRequest(true); });
  });

  doc.addEventListener('htmx:beforeRequest', function (event) {
    var form = event.target;
    var xhr = event.detail.xhr;
    if (!form.matches('.composer form')) { return; }
    form.classList.add('leaving');
    xhr.addEventListener('load', function () { // a form that is not on the page any more is told nothing by htmx
      if (!form.isConnected && xhr.status < 400 && new URL(xhr.responseURL).pathname !== '/login') { sent(form); }
    });
  });

  doc.addEventListener('htmx:afterRequest', function (event) {
    if (event.target.matches('.composer form')) { event.target.classList.remove('leaving'); }
  });

  /* What the form sent is what the page that comes holds, or what has left. Where another tip was opened meanwhile no
     page comes, and it must not stand there as a draft when one returns. */
  function sent(form) {
    var field = one('[data-draft]', form);
    if (field) { kept[keyOf(field)].dirty = false; }
  }

  doc.addEventListener('htmx:beforeSwap', function (event) {
    var form = event.detail.requestConfig.elt;
    if (form && form.matches('.composer form') && event.detail.shouldSwap) { sent(form); }
  });

  doc.addEventListener('htmx:afterSwap', function () { if (one('#composer')) { take(); } });
  doc.addEventListener('DOMContentLoaded', function () { if (one('#composer')) { take(); } });

  /* ---- one pane: a line that opens when it is touched, and folds when it is left without a word ---- */

  doc.addEventListener('focusin', function (event) {
    var composer = event.target.closest('.composer');
    if (composer) { composer.classList.add('open'); }
  });

  doc.addEventListener('click', function (event) {
    var composer = one('.composer.open');
    if (!composer || composer.contains(event.target) || one('#tab-contact').checked || one('.enclosed, .meanwhile', composer)) { return; }
    var empty = all('textarea', composer).every(function (field) { return !field.value.trim(); });
    if (empty && one('textarea', composer)) { composer.classList.remove('open'); }
  });

  /* ---- files ---- */

  doc.addEventListener('change', function (event) {
    if (event.target.id === 'reply-files' && event.target.files.length) { one('[data-attach]').click(); }
  });

  /* ---- saved replies ---- */

  function put(field, address, from, to) {
    window.fetch(address, { credentials: 'same-origin' }).then(function (response) {
      var plain = (response.headers.get('Content-Type') || '').indexOf('text/plain') === 0;
      if (!response.ok || !plain) { throw new Error('gone'); }
      return response.text();
    }).then(function (text) {
      var on = field.selectionStart > to; // they write on meanwhile
      window.deskFocus.late(field);
      field.setRangeText(text, from, to, on ? 'preserve' : 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
      var open = /\{[a-z_]{2,30}\}/.exec(text);
      if (open && !on) {
        field.setSelectionRange(from + open.index, from + open.index + open[0].length);
        one('.draft-state').textContent = said('fill');
      }
    }).catch(function () { one('.draft-state').textContent = said('failed'); });
  }

  window.offerNames({
    field: 'reply-text',
    sign: /(^|\s)\/([^\s/]*)$/,
    covers: 1,
    label: function () { return said('saved-replies'); },
    fitting: function (name, field) {
      return all('.saved [data-saved]', field.form).filter(function (option) {
        return option.getAttribute('data-saved').toLowerCase().indexOf(name) === 0;
      }).map(function (option) {
        return { content: one('.start', option).cloneNode(true), value: option.getAttribute('data-href') };
      });
    },
    put: put
  });

  doc.addEventListener('click', function (event) {
    var button = event.target.closest ? event.target.closest('button') : null;
    if (!button) { return; }
    if (button.matches('[data-take], [data-keep]')) { choose(button); return; }
    if (button.matches('[data-saved]')) {
      var field = one('#reply-text');
      event.preventDefault();
      event.stopPropagation();
      button.closest('details').open = false;
      put(field, button.getAttribute('data-href'), field.selectionStart, field.selectionEnd);
    }
  }, true);
})();
