/* Keys inside an open menu: each option that shows a key is chosen by it; what asks why opens into its reasons.
   Plain script, no build; it stands before the desk's own keys and leaves to them what it does not know. */
(function () {
  'use strict';

  var doc = document;

  function shown(element) { return element.getClientRects().length > 0; }

  function typing(element) { return window.deskFocus.typing(element); }

  function hot(inside, key) {
    return Array.prototype.slice.call(inside.querySelectorAll('[data-hot]')).filter(function (option) {
      return shown(option) && option.getAttribute('data-hot') === key;
    });
  }

  function openStep(step) {
    Array.prototype.forEach.call(step.parentNode.querySelectorAll('details.step[open]'), function (other) {
      if (other !== step) { other.open = false; }
    });
    step.open = true;
    var first = step.querySelector('button.option');
    if (first) { window.deskFocus.to(first); }
  }

  doc.addEventListener('keydown', function (event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var element = doc.activeElement;
    var menu = element && element.closest && element.closest('details.menu[open]');
    if (!menu || typing(element) || doc.querySelector('dialog[open]')) { return; }
    var step = menu.querySelector('details.step[open]');
    var found = (step ? hot(step, event.key).filter(function (o) { return !o.matches('summary'); }) : [])[0] ||
      (step ? null : hot(menu, event.key)[0]);
    if (!found) { return; }
    event.preventDefault();
    event.stopPropagation();
    if (found.matches('summary')) { openStep(found.parentNode); } else { found.click(); }
  }, true);

  /* The first tag that the tip's words suggest is the one that Enter takes while nothing is typed. */
  function firstHint(menu) { return menu.querySelector('[data-hint]:not([hidden])'); }

  doc.addEventListener('keydown', function (event) {
    var field = event.target;
    if (event.key !== 'Enter' || event.isComposing || !field.matches || !field.matches('[data-filter]')) { return; }
    var hint = !field.value.trim() && firstHint(field.closest('details.menu'));
    if (hint) {
      event.preventDefault();
      event.stopPropagation();
      hint.click();
    }
  }, true);

  /* Names of groups would stand alone among what matches. */
  doc.addEventListener('input', function (event) {
    var menu = event.target.matches('[data-filter]') && event.target.closest('details.menu');
    if (!menu) { return; }
    Array.prototype.forEach.call(menu.querySelectorAll('.menu-name'), function (name) { name.hidden = !!event.target.value.trim(); });
    if (!event.target.value.trim() && firstHint(menu)) { firstHint(menu).classList.add('at'); }
  });

  /* A step that was opened by the mouse or by Enter gets the focus too; a menu that was closed begins anew. */
  doc.addEventListener('toggle', function (event) {
    var details = event.target;
    if (!details.matches) { return; }
    if (details.matches('details.step[open]') && details.contains(doc.activeElement)) { openStep(details); }
    if (details.matches('details.menu:not([open])')) {
      Array.prototype.forEach.call(details.querySelectorAll('details.step[open]'), function (step) { step.open = false; });
    }
    if (details.matches('details.menu[open]') && firstHint(details)) { firstHint(details).classList.add('at'); }
  }, true);
})();
