/* The palette: Ctrl-K, then anything by its name. The server gives all names once; the search is done here.
   What was chosen last stands first; only ids are remembered, in this tab. Plain script, no build. */
(function () {
  'use strict';

  var doc = document;
  var RECENT = 'palette';
  var MOST = 12;
  var opener = null;
  var hasty = false; // Enter was pressed before the names were there

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function dialog() { return doc.getElementById('palette'); }
  function field() { return doc.getElementById('palette-field'); }
  function entries() { return all('#palette-list .option'); }
  function shownOnes() { return entries().filter(function (option) { return !option.parentNode.hidden; }); }

  function recent() {
    try { return JSON.parse(window.sessionStorage.getItem(RECENT) || '[]'); } catch (error) { return []; }
  }

  function remember(id) {
    var ids = [id].concat(recent().filter(function (other) { return other !== id; })).slice(0, 8);
    try { window.sessionStorage.setItem(RECENT, JSON.stringify(ids)); } catch (error) { /* it is only convenience */ }
  }

  function fold(text) {
    text = text.toLowerCase();
    return text.normalize ? text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '') : text;
  }

  /* How well a name fits what is typed: 0 is not at all. Every typed word must be there, else its letters in order. */
  function score(name, wanted) {
    if (name === wanted) { return 1000; }
    if (name.indexOf(wanted) === 0) { return 800 - name.length; }
    var words = wanted.split(/\s+/);
    var holds = words.every(function (word) { return name.indexOf(word) >= 0; });
    if (holds) { return (words.every(function (w) { return (' ' + name).search(new RegExp('[\\s#:(]' + escaped(w))) >= 0; }) ? 600 : 400) - Math.min(name.length, 300); }
    return letters(name, wanted.replace(/\s+/g, ''));
  }

  function escaped(text) { return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'); }

  function letters(name, wanted) {
    var at = -1, gaps = 0;
    for (var i = 0; i < wanted.length; i += 1) {
      var next = name.indexOf(wanted.charAt(i), at + 1);
      if (next < 0) { return 0; }
      if (at >= 0) { gaps += next - at - 1; }
      at = next;
    }
    return wanted.length > 1 && gaps <= 12 ? Math.max(1, 200 - gaps * 10) : 0;
  }

  function tipTyped(typed) {
    var found = /^(?:t-?|#)?0*([1-9][0-9]{0,8})$/i.exec(typed);
    return found ? found[1] : '';
  }

  /* An entry for the tip whose number is typed. Whether it is there, the server says. */
  function numbered(typed) {
    var old = doc.getElementById('p-tip');
    if (old) { old.parentNode.remove(); }
    var id = tipTyped(typed);
    if (!id) { return null; }
    var name = 'T-' + ('000000' + id).slice(-Math.max(6, id.length));
    var item = doc.createElement('li');
    var link = doc.createElement('a');
    item.setAttribute('role', 'presentation');
    link.className = 'option';
    link.id = 'p-tip';
    link.tabIndex = -1;
    link.href = '/desk/tips/' + id;
    link.setAttribute('role', 'option');
    link.textContent = name;
    item.appendChild(link);
    doc.getElementById('palette-list').appendChild(item);
    return link;
  }

  function actedOn() { return one('.pick:checked') ? one('.bulk') : one('#tip:not(.none)'); }

  /* Whether an entry can do what it says here: what acts on tips needs one that is open, or ticked ones. */
  function able(option, wanted) {
    var press = option.getAttribute('data-press');
    var does = option.getAttribute('data-does');
    if (!press && !does) { return true; }
    var inside = actedOn();
    if (press === 'z') { return Boolean((wanted || inside) && one('[data-key=z]')); } // not by Enter alone
    if (!inside) { return false; }
    return Boolean(one(does || '[data-key="' + press.charAt(0) + '"]', inside));
  }

  function search() {
    if (!doc.getElementById('palette-list')) { return; }
    var typed = field().value.trim();
    var wanted = fold(typed);
    var tip = numbered(typed);
    var order = recent();
    var ranked = entries().map(function (option, index) {
      var name = fold(option.firstElementChild ? option.firstElementChild.textContent : option.textContent);
      var more = fold(option.getAttribute('data-words') || '');
      var last = order.indexOf(option.id);
      var fits = !able(option, wanted) ? 0 : option === tip ? 2000 : !wanted ? 1 : score(name, wanted) || (more && score(more, wanted) / 4);
      return { option: option, fits: fits, last: last < 0 ? 99 : last, index: index };
    });
    ranked.sort(function (a, b) { return b.fits - (b.last < 99 && b.fits ? -50 : 0) - (a.fits - (a.last < 99 && a.fits ? -50 : 0)) || a.last - b.last || a.index - b.index; });
    var list = doc.getElementById('palette-list');
    var n = 0;
    ranked.forEach(function (one_) {
      var show = one_.fits > 0 && n < MOST;
      one_.option.parentNode.hidden = !show;
      if (show) { n += 1; list.appendChild(one_.option.parentNode); }
    });
    one('.palette-none', dialog()).hidden = n > 0;
    mark(shownOnes()[0]);
  }

  function mark(option) {
    entries().forEach(function (other) { other.setAttribute('aria-selected', String(other === option)); });
    if (option) {
      field().setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else {
      field().removeAttribute('aria-activedescendant');
    }
  }

  function marked() { return one('#palette-list [aria-selected=true]'); }

  function step(by) {
    var list = shownOnes();
    var at = list.indexOf(marked());
    if (list.length) { mark(list[(at + by + list.length) % list.length]); }
  }

  function open() {
    if (dialog().open) { dialog().close(); return; }
    if (one('dialog[open]')) { return; }
    opener = doc.activeElement;
    field().value = '';
    hasty = false;
    doc.getElementById('palette-body').textContent = '';
    one('.palette-none', dialog()).hidden = one('.palette-failed', dialog()).hidden = true;
    dialog().showModal();
    window.deskFocus.to(field());
    window.fetch('/desk/palette', { headers: { 'HX-Request': 'true', 'HX-Target': 'palette-body' }, credentials: 'same-origin' })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : Promise.reject(new Error()); })
      .then(function (html) { doc.getElementById('palette-body').innerHTML = html; search(); if (hasty) { choose(marked()); } })
      .catch(function () { one('.palette-failed', dialog()).hidden = false; });
  }

  function choose(option) {
    if (!option) { return; }
    remember(option.id);
    dialog().close();
    var press = option.getAttribute('data-press');
    var does = option.getAttribute('data-does');
    if (!press && !does) { window.location.assign(option.href); return; }
    if (opener && opener.focus && opener !== doc.body) { opener.blur(); }
    if (does) { run(does); } else { press.split(' ').forEach(hit); }
  }

  function hit(key) { doc.dispatchEvent(new KeyboardEvent('keydown', { key: key, bubbles: true })); }

  /* A control is pressed where it stands: on the bar of what is ticked, else in the open tip. */
  function run(does) {
    var control = actedOn() && one(does, actedOn());
    if (control) { control.click(); }
  }

  doc.addEventListener('keydown', function (event) {
    if (event.isComposing || event.keyCode === 229 || !dialog()) { return; }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      event.stopPropagation();
      open();
      return;
    }
    if (!dialog().open) { return; }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      step(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (doc.getElementById('palette-list')) { choose(marked()); } else { hasty = true; }
    }
  }, true);

  doc.addEventListener('input', function (event) { if (event.target === field()) { search(); } });
  doc.addEventListener('compositionend', function (event) { if (event.target === field()) { search(); } });
  doc.addEventListener('click', function (event) {
    if (event.target.closest && event.target.closest('[data-palette]')) { event.preventDefault(); open(); return; }
    var option = event.target.closest && event.target.closest('#palette-list .option');
    if (option && dialog().contains(option)) { event.preventDefault(); choose(option); }
    if (event.target === dialog()) { dialog().close(); }
  });
})();
