/* A message to many: saved replies and placeholders go where the cursor is, and what is typed outlives a slip of the
   hand, in this tab alone. Without it the same buttons put them behind the text. Plain script, no build. */
(function () {
  'use strict';

  var doc = document;
  var field = doc.getElementById('text');
  var PLACE = 'tipline.write:' + (field ? field.getAttribute('data-kept') : ''); // of these tips alone

  function keep() { try { window.sessionStorage.setItem(PLACE, field.value); } catch (e) { /* private window */ } }
  function kept() { try { return window.sessionStorage.getItem(PLACE) || ''; } catch (e) { return ''; } }
  function forget() {
    try {
      Object.keys(window.sessionStorage).forEach(function (name) {
        if (name.indexOf('tipline.write:') === 0) { window.sessionStorage.removeItem(name); }
      });
    } catch (e) { /* as above */ }
  }

  function put(text) {
    field.focus();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
    keep();
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
    if (field.value) { keep(); } else { field.value = kept(); } // typed before this was loaded, or drawn with it
    field.addEventListener('input', keep);
  }

  doc.addEventListener('submit', function (event) { if (event.target.matches('.sends')) { forget(); } });
})();
