/* Menus: <details class="menu">, one open at a time. Arrows walk through what it offers, letters filter or find it,
   Enter takes it. Plain script, no build. */
(function () {
  'use strict';

  var doc = document;
  var typed = ''; // the letters of one word, to find what begins with it
  var typedAt = 0;

  function one(selector, inside) { return (inside || doc).querySelector(selector); }
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function shown(element) { return !!(element && element.getClientRects().length); }

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
    window.deskFocus.to(field || first || one('summary', menu));
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
      var holds = !wanted || label.indexOf(wanted) >= 0 || (option.getAttribute('data-initials') || '').toLowerCase() === wanted;
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
    if (found) { window.deskFocus.to(found); }
  }

  /* A key in an open menu, whether one types there or not; true where it was the menu's. */
  function menuKey(event, menu, typing) {
    var list = options(menu);
    var at = list.indexOf(doc.activeElement);
    var field = one('[data-filter]', menu);
    var marked = one('.option.at', menu);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (doc.activeElement.matches('select, [type=date]')) { return false; }
      var from = at < 0 && marked ? list.indexOf(marked) - (event.key === 'ArrowDown' && !field.value ? 1 : 0) : at;
      var next = list[from + (event.key === 'ArrowDown' ? 1 : -1)];
      if (next) { window.deskFocus.to(next); } else if (field && event.key === 'ArrowUp') { window.deskFocus.to(field); }
      return true;
    }
    if (event.key === 'Enter' && doc.activeElement === field && !event.isComposing && marked && field.value.trim()) {
      marked.click();
      return true;
    }
    if (event.key.length === 1 && event.key !== ' ' && !typing) {
      if (field) { window.deskFocus.to(field); return false; } // the letter goes into the field
      typeAhead(menu, event.key.toLowerCase());
      return true;
    }
    return false;
  }

  window.deskMenus = { of: menuOf, open: openMenu, key: menuKey };

  doc.addEventListener('input', function (event) {
    var field = event.target;
    if (field.matches('[data-filter]')) { filter(field); }
  });

  doc.addEventListener('click', function (event) {
    closeMenus(event.target);
    var summary = event.target.closest && event.target.closest('details.menu > summary');
    if (summary && !summary.parentNode.open) {
      window.setTimeout(function () { if (summary.parentNode.open) { openMenu(summary.parentNode); } }, 0);
    }
  });
})();
