/* @ in a note offers the colleagues who work on the tip. */
(function () {
  'use strict';

  function company() { return document.getElementById('company'); }

  window.offerNames({
    field: 'note-text',
    sign: /(^|[^A-Za-z0-9._+-])[@＠]([^@＠\n]{0,40})$/, // Chinese keyboards type ＠
    covers: 0,
    label: function () { return company().getAttribute('data-called'); },
    fitting: function (name) {
      var people = company() ? JSON.parse(company().getAttribute('data-people') || '[]') : [];
      return people.filter(function (person) {
        var known = person.toLowerCase();
        return known !== name.trim() && (known.indexOf(name) === 0 || (name && known.indexOf(' ' + name) >= 0));
      }).map(function (person) { return { content: person, value: person }; });
    },
    put: function (field, name, from, to) {
      window.deskFocus.to(field);
      field.setRangeText(name + ' ', from, to, 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
})();
