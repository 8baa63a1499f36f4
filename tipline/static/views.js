/* What each saved view holds, and what is new in it: asked for when the page stands, and now and then while it is used. */
(function () {
  'use strict';

  var doc = document;
  var known = {}; // by view: n and new, in words
  var last = 0; // when they were asked for
  var touched = Date.now();

  function places() { return Array.prototype.slice.call(doc.querySelectorAll('[data-view]')); }

  function fill() {
    places().forEach(function (place) {
      var size = known[place.getAttribute('data-view')];
      if (!size) { return; }
      place.querySelector('.n').textContent = size.n;
      var fresh = place.querySelector('.new');
      fresh.textContent = size.new;
      fresh.hidden = !size.new;
      var seen = place.querySelector('.seen');
      if (seen) { seen.hidden = !size.new; }
    });
  }

  function ask() {
    var box = doc.getElementById('views');
    if (!box) { return; }
    last = Date.now();
    part(box.getAttribute('data-sizes'));
  }

  /* Some views after the other, so that one answer is never long. */
  function part(address) {
    fetch(address)
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : { sizes: {}, next: null }; })
      .then(function (told) {
        Object.assign(known, told.sizes);
        fill();
        if (told.next) { part(told.next); } else { look(); }
      })
      .catch(function () { /* offline: the numbers stay as they were */ });
  }

  /* Who has the list of a view before them for a moment has seen what is new in it. */
  function look() {
    var open = doc.querySelector('[data-view][aria-current][data-looked]');
    var size = open && known[open.getAttribute('data-view')];
    if (!size || !size.new) { return; }
    var address = open.getAttribute('data-looked');
    window.setTimeout(function () {
      var still = doc.querySelector('[data-view][aria-current][data-looked]');
      if (!still || still.getAttribute('data-looked') !== address || doc.hidden) { return; }
      fetch(address, { method: 'POST', headers: Object.assign(window.deskHeaders(), { 'X-Quiet': '1' }) }).then(function (answer) {
        if (answer.ok) { size.new = ''; fill(); }
      }).catch(function () { /* said again next time */ });
    }, 2000);
  }

  ['keydown', 'pointerdown', 'pointermove'].forEach(function (name) {
    doc.addEventListener(name, function () { touched = Date.now(); }, { passive: true });
  });

  doc.addEventListener('htmx:afterSwap', function () {
    fill();
    if (Date.now() - last > 30000) { ask(); } else { look(); }
  });
  window.setInterval(function () {
    if (!doc.hidden && Date.now() - touched < 300000) { ask(); }
  }, 60000);

  ask();
})();
