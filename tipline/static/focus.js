/* Decides whether the focus may move. Scripts of the desk call `to` for what a person does now, and `late` for what an
   answer of the server asks for: `late` never takes the focus out of a field. It also keeps a field in use when an
   answer redraws the page around it. It loads before every other script, so that its listeners run first. */
(function () {
  'use strict';

  var doc = document;
  var SEQUENCE = 1000; // ms; keys that follow one another faster belong to one sequence
  var used = 0; // when a field was last focused or typed into
  var typedIn = null; // the field of the sequence of keys, until the person leaves it
  var typedAt = 0;
  var carried = null; // before a swap: the field in use
  var swapping = false; // htmx focuses a field that it redraws: nobody uses it because of that
  var composing = false;
  var held = []; // swaps that wait for the end of a composition

  /* What a dialog leaves hidden has the focus until the next frame: nobody types into it. */
  function typing(element) {
    if (!element || !element.matches || !element.getClientRects().length) { return false; }
    if (element.isContentEditable || element.matches('textarea, select')) { return true; }
    return element.matches('input') && !element.matches('[type=checkbox], [type=radio], [type=submit], [type=button]');
  }

  function to(element, options) { element.focus(options); }

  function late(element, options) {
    if (element && !typing(doc.activeElement)) { to(element, options); }
  }

  function usedSince(asked) { return typing(doc.activeElement) && used > (asked || 0); }

  /* Leave the field that asked, unless the person went on typing. */
  function leave(asked) { if (typing(doc.activeElement) && !usedSince(asked)) { doc.activeElement.blur(); } }

  window.deskFocus = { typing: typing, to: to, late: late, usedSince: usedSince, leave: leave };

  /* ---- single-key commands are dead in a sequence of keys that began in a field ---- */

  function leaves(event) {
    if (/^(Escape|Tab)$/.test(event.key)) { return true; }
    if (!/^(Enter|ArrowUp|ArrowDown)$/.test(event.key)) { return false; }
    return event.ctrlKey || event.metaKey || !doc.activeElement.matches('textarea');
  }

  window.addEventListener('keydown', function (event) {
    if (!event.isTrusted) { return; }
    if (leaves(event)) { typedIn = null; return; }
    if (!typedIn || typing(doc.activeElement) || event.key.length > 1 || event.ctrlKey || event.metaKey) { return; }
    if (Date.now() - typedAt > SEQUENCE) { typedIn = null; return; }
    typedAt = Date.now();
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  doc.addEventListener('input', function (event) {
    if (!typing(event.target)) { return; }
    used = typedAt = Date.now();
    if (event.isTrusted) { typedIn = event.target; }
  }, true);
  doc.addEventListener('focusin', function (event) { if (!swapping && typing(event.target)) { used = Date.now(); } });
  doc.addEventListener('pointerdown', function () { typedIn = null; }, true);

  /* ---- a field in use outlives the swap around it ---- */

  function place(field) {
    var menu = field.closest('details.menu');
    var summary = menu && menu.querySelector('summary');
    var inside = field.closest('#tip, #bulk');
    return {
      field: field, id: field.id, name: field.name, value: field.value, key: summary && summary.getAttribute('data-key'),
      inside: inside ? '#' + inside.id : '', draft: field.hasAttribute('data-draft'),
      from: selection(field, 'selectionStart'), to: selection(field, 'selectionEnd')
    };
  }

  function selection(field, end) { return field.matches('select') ? null : field[end]; }

  function counterpart(was) {
    var summary = was.key && doc.querySelector(was.inside + ' summary[data-key="' + was.key + '"]');
    var menu = summary && summary.parentNode;
    if (menu) {
      menu.open = true;
      return menu.querySelector(was.name ? '[name="' + was.name + '"]' : '[data-filter]');
    }
    return was.id ? doc.getElementById(was.id) : null;
  }

  function putBack(was) {
    var field = was.field.isConnected ? was.field : counterpart(was);
    if (!field || (field === was.field && doc.activeElement === field)) { return; }
    var redrawn = field !== was.field;
    if (redrawn && !was.draft) { field.value = was.value; }
    to(field, { preventScroll: true });
    if (typeof was.from === 'number') { field.setSelectionRange(was.from, was.to); }
    if (redrawn) { field.dispatchEvent(new Event('input', { bubbles: true })); }
    if (typedIn === was.field) { typedIn = field; }
  }

  doc.addEventListener('htmx:beforeRequest', function (event) { event.detail.requestConfig.askedAt = Date.now(); });

  function arriving(html) {
    var found = /<[^>]*\bid="tip"[^>]*>/.exec(html);
    var tip = found && /\bdata-tip="([0-9]+)"/.exec(found[0]);
    return tip ? tip[1] : '';
  }

  doc.addEventListener('htmx:beforeSwap', function (event) {
    var detail = event.detail;
    var field = doc.activeElement;
    carried = null;
    swapping = true;
    if (!usedSince(detail.requestConfig.askedAt) || detail.requestConfig.elt.contains(field)) { return; }
    detail.serverResponse = detail.serverResponse.replace(/(<[^>]*)\sautofocus(?=[\s>])/g, '$1'); // htmx would obey it
    carried = place(field);
    var tip = detail.target.id === 'tip' && field.closest('#tip');
    if (tip && tip.getAttribute('data-tip') !== arriving(detail.serverResponse)) {
      detail.swapOverride = 'none'; // the person writes about the tip that they see: another one doesn't replace it
      detail.requestConfig.keptTip = true;
    } else if (composing && detail.shouldSwap && detail.target.contains(field)) {
      detail.shouldSwap = false;
      held.push(detail);
    }
  });

  doc.addEventListener('htmx:beforeHistoryUpdate', function (event) {
    var change = event.detail.history;
    if (!event.detail.requestConfig.keptTip) { return; }
    change.type = 'replace'; // htmx always writes an address: the one that stands
    change.path = window.location.pathname + window.location.search;
  });

  doc.addEventListener('htmx:afterSwap', function () {
    swapping = false;
    if (carried) { putBack(carried); }
  });
  doc.addEventListener('htmx:afterRequest', function () { swapping = false; }); // where nothing was swapped

  doc.addEventListener('compositionstart', function () { composing = true; });
  doc.addEventListener('compositionend', function () {
    composing = false;
    window.setTimeout(function () { // after the input event of what was composed
      held.splice(0).forEach(function (detail) {
        carried = typing(doc.activeElement) ? place(doc.activeElement) : null;
        window.htmx.swap(detail.target, detail.serverResponse, { swapStyle: 'outerHTML', swapDelay: 0, settleDelay: 20 }, { eventInfo: detail });
      });
    }, 0);
  });
})();
