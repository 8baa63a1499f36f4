/* @ in a note offers the colleagues who work on the tip. Typed to the end without it, a name does the same. */
(function () {
  'use strict';

  var doc = document;
  var list = null;
  var field = null;

  function all(selector, inside) { return Array.prototype.slice.call(inside.querySelectorAll(selector)); }

  /* The @ before the cursor and what is typed of a name; Chinese keyboards type ＠. */
  function typed() {
    var before = field.value.slice(0, field.selectionStart);
    var found = /(^|[^A-Za-z0-9._+-])[@＠]([^@＠\n]{0,40})$/.exec(before);
    return found && { from: before.length - found[2].length, to: before.length, name: found[2].toLowerCase() };
  }

  function fitting(name) {
    var company = doc.getElementById('company');
    var people = company ? JSON.parse(company.getAttribute('data-people') || '[]') : [];
    return people.filter(function (person) {
      var known = person.toLowerCase();
      return known !== name.trim() && (known.indexOf(name) === 0 || (name && known.indexOf(' ' + name) >= 0));
    }).slice(0, 8);
  }

  function close() {
    if (list) { list.remove(); }
    if (field) { field.removeAttribute('aria-activedescendant'); field.removeAttribute('aria-controls'); }
    list = null;
  }

  function choose(option) {
    all('.option', list).forEach(function (other) {
      other.classList.toggle('at', other === option);
      other.setAttribute('aria-selected', String(other === option));
    });
    field.setAttribute('aria-activedescendant', option.id);
  }

  function offer() {
    close();
    var at = typed();
    var people = at ? fitting(at.name) : [];
    if (!people.length) { return; }
    list = doc.createElement('div');
    list.className = 'panel called';
    list.id = 'called';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', doc.getElementById('company').getAttribute('data-called'));
    people.forEach(function (person, number) {
      var option = doc.createElement('div');
      option.className = 'option';
      option.id = 'called-' + number;
      option.setAttribute('role', 'option');
      option.textContent = person;
      list.appendChild(option);
    });
    field.setAttribute('aria-controls', 'called');
    field.parentNode.insertBefore(list, field);
    choose(list.firstChild);
  }

  function put(name) {
    var at = typed();
    close();
    if (!at) { return; }
    field.focus();
    field.setRangeText(name + ' ', at.from, at.to, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
    close();
  }

  doc.addEventListener('input', function (event) {
    if (event.target.id !== 'note-text') { return; }
    field = event.target;
    if (!event.isComposing) { offer(); }
  });
  doc.addEventListener('compositionend', function (event) {
    if (event.target.id === 'note-text') { field = event.target; offer(); }
  });

  doc.addEventListener('keydown', function (event) {
    if (!list || event.isComposing || event.keyCode === 229) { return; }
    var options = all('.option', list);
    var at = options.indexOf(list.querySelector('.at'));
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      choose(options[(at + (event.key === 'ArrowDown' ? 1 : options.length - 1)) % options.length]);
    } else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') {
      put(options[at].textContent);
    } else if (event.key === 'Escape') {
      close();
    } else { return; }
    event.preventDefault();
    event.stopPropagation();
  }, true);

  doc.addEventListener('mousedown', function (event) {
    var option = list && event.target.closest ? event.target.closest('.called .option') : null;
    if (option) { event.preventDefault(); put(option.textContent); } else if (event.target !== field) { close(); }
  });
  doc.addEventListener('htmx:afterSwap', function () { if (field && !field.isConnected) { close(); } });
})();
