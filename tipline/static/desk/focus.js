/* Decides whether the focus may move. Scripts of the desk call `focus` for what a person does now, and `focusLate` for
   what an answer of the server asks for: `focusLate` never takes the focus out of a field. It also keeps a field in use
   when an answer redraws the page around it. It is the first module of a page, so that its listeners run first. */
const SEQUENCE = 1000; // ms; keys that follow one another faster belong to one sequence
let used = 0; // when a field was last focused or typed into
let typedIn = null; // the field of the sequence of keys, until the person leaves it
let typedAt = 0;
let carried = null; // before a swap: the field in use
let swapping = false; // htmx focuses a field that it redraws: nobody uses it because of that
let composing = false;
const held = []; // swaps that wait for the end of a composition

/* What a dialog leaves hidden has the focus until the next frame: nobody types into it. */
export function typing(element) {
  if (!element?.matches || !element.getClientRects().length) {
    return false;
  }
  if (element.isContentEditable || element.matches("textarea, select")) {
    return true;
  }
  return element.matches("input") && !element.matches("[type=checkbox], [type=radio], [type=submit], [type=button]");
}

export function focus(element, options) {
  element.focus(options);
}

export function focusLate(element, options) {
  if (element && !typing(document.activeElement)) {
    focus(element, options);
  }
}

export function usedSince(asked) {
  return typing(document.activeElement) && used > (asked || 0);
}

/* Leave the field that asked, unless the person went on typing. */
export function leaveField(asked) {
  if (typing(document.activeElement) && !usedSince(asked)) {
    document.activeElement.blur();
  }
}

/* ---- single-key commands are dead in a sequence of keys that began in a field ---- */

function leaves(event) {
  if (/^(Escape|Tab)$/.test(event.key)) {
    return true;
  }
  if (!/^(Enter|ArrowUp|ArrowDown)$/.test(event.key)) {
    return false;
  }
  return event.ctrlKey || event.metaKey || !document.activeElement.matches("textarea");
}

window.addEventListener(
  "keydown",
  (event) => {
    if (!event.isTrusted) {
      return;
    }
    if (leaves(event)) {
      typedIn = null;
      return;
    }
    if (!typedIn || typing(document.activeElement) || event.key.length > 1 || event.ctrlKey || event.metaKey) {
      return;
    }
    if (Date.now() - typedAt > SEQUENCE) {
      typedIn = null;
      return;
    }
    typedAt = Date.now();
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener(
  "input",
  (event) => {
    if (!typing(event.target)) {
      return;
    }
    used = typedAt = Date.now();
    if (event.isTrusted) {
      typedIn = event.target;
    }
  },
  true,
);
document.addEventListener("focusin", (event) => {
  if (!swapping && typing(event.target)) {
    used = Date.now();
  }
});
document.addEventListener(
  "pointerdown",
  () => {
    typedIn = null;
  },
  true,
);

/* ---- a field in use outlives the swap around it ---- */

function place(field) {
  const menu = field.closest("details.menu");
  const summary = menu?.querySelector("summary");
  const inside = field.closest("#tip, #bulk");
  return {
    field,
    id: field.id,
    name: field.name,
    value: field.value,
    key: summary?.getAttribute("data-key"),
    inside: inside ? `#${inside.id}` : "",
    draft: field.hasAttribute("data-draft"),
    from: selection(field, "selectionStart"),
    to: selection(field, "selectionEnd"),
  };
}

function selection(field, end) {
  return field.matches("select") ? null : field[end];
}

function counterpart(was) {
  const summary = was.key && document.querySelector(`${was.inside} summary[data-key="${was.key}"]`);
  const menu = summary?.parentNode;
  if (menu) {
    menu.open = true;
    return menu.querySelector(was.name ? `[name="${was.name}"]` : "[data-filter]");
  }
  return was.id ? document.getElementById(was.id) : null;
}

function putBack(was) {
  const field = was.field.isConnected ? was.field : counterpart(was);
  if (!field || (field === was.field && document.activeElement === field)) {
    return;
  }
  const redrawn = field !== was.field;
  if (redrawn && !was.draft) {
    field.value = was.value;
  }
  focus(field, { preventScroll: true });
  if (typeof was.from === "number") {
    field.setSelectionRange(was.from, was.to);
  }
  if (redrawn) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (typedIn === was.field) {
    typedIn = field;
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.requestConfig.askedAt = Date.now();
});

function arriving(html) {
  const found = /<[^>]*\bid="tip"[^>]*>/.exec(html);
  const tip = found && /\bdata-tip="([0-9]+)"/.exec(found[0]);
  return tip ? tip[1] : "";
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = event.detail;
  const field = document.activeElement;
  carried = null;
  swapping = true;
  if (!usedSince(detail.requestConfig.askedAt) || detail.requestConfig.elt.contains(field)) {
    return;
  }
  detail.serverResponse = detail.serverResponse.replace(/(<[^>]*)\sautofocus(?=[\s>])/g, "$1"); // htmx would obey it
  carried = place(field);
  const tip = detail.target.id === "tip" && field.closest("#tip");
  if (tip && tip.getAttribute("data-tip") !== arriving(detail.serverResponse)) {
    detail.swapOverride = "none"; // the person writes about the tip that they see: another one doesn't replace it
    detail.requestConfig.keptTip = true;
  } else if (composing && detail.shouldSwap && detail.target.contains(field)) {
    detail.shouldSwap = false;
    held.push(detail);
  }
});

document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const change = event.detail.history;
  if (!event.detail.requestConfig.keptTip) {
    return;
  }
  change.type = "replace"; // htmx always writes an address: the one that stands
  change.path = window.location.pathname + window.location.search;
});

document.addEventListener("htmx:afterSwap", () => {
  swapping = false;
  if (carried) {
    putBack(carried);
  }
});
document.addEventListener("htmx:afterRequest", () => {
  swapping = false;
}); // where nothing was swapped

document.addEventListener("compositionstart", () => {
  composing = true;
});
document.addEventListener("compositionend", () => {
  composing = false;
  window.setTimeout(() => {
    // after the input event of what was composed
    held.splice(0).forEach((detail) => {
      carried = typing(document.activeElement) ? place(document.activeElement) : null;
      window.htmx.swap(
        detail.target,
        detail.serverResponse,
        { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 20 },
        { eventInfo: detail },
      );
    });
  }, 0);
});
