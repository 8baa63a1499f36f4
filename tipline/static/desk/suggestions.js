/* Names offered while one types: after a sign in a text field (@ for colleagues, / for saved replies) a listbox of what
   fits stands at the field, which keeps the focus. Typed to the end without it, a name does the same. */
import { all } from "./dom.js";

const kinds = [];
let list = null; // what is offered now, for which field, of which kind
let field = null;
let kind = null;

/* field: an id. sign: finds the sign and (its second group) what is typed of a name, at the end of a text.
   covers: how many characters of the sign the choice takes the place of. label: what the listbox is called.
   fitting(name, field): what to offer, as { content: text or a node, value }. put(field, value, from, to). */
export function offerNames(what) {
  kinds.push(what);
}

function options() {
  return all(".option", list);
}

function typed() {
  const before = field.value.slice(0, field.selectionStart);
  const found = kind.sign.exec(before);
  return (
    found && { from: before.length - found[2].length - kind.covers, to: before.length, name: found[2].toLowerCase() }
  );
}

function close() {
  if (list) {
    list.remove();
  }
  if (field) {
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  }
  list = null;
}

function choose(option) {
  options().forEach((other) => {
    other.classList.toggle("at", other === option);
    other.setAttribute("aria-selected", String(other === option));
  });
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function optionOf(offered, number) {
  const option = document.createElement("div");
  option.className = "option";
  option.id = `offered-${number}`;
  option.setAttribute("role", "option");
  option.append(offered.content);
  option.offered = offered.value;
  return option;
}

function offer() {
  close();
  const at = typed();
  const fitting = at ? kind.fitting(at.name, field).slice(0, 8) : [];
  if (!fitting.length) {
    return;
  }
  list = document.createElement("div");
  list.className = "panel offered";
  list.id = "offered";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", kind.label());
  fitting.forEach((offered, number) => {
    list.appendChild(optionOf(offered, number));
  });
  field.setAttribute("aria-controls", "offered");
  field.parentNode.insertBefore(list, field);
  choose(list.firstChild);
}

function take(option) {
  const at = typed();
  close();
  if (at) {
    kind.put(field, option.offered, at.from, at.to);
  }
}

function begin(event) {
  const fits = kinds.filter((one) => one.field === event.target.id)[0];
  if (!fits) {
    return;
  }
  if (field !== event.target) {
    close();
  }
  field = event.target;
  kind = fits;
  if (!event.isComposing) {
    offer();
  }
}

document.addEventListener("input", begin);
document.addEventListener("compositionend", begin);

document.addEventListener(
  "keydown",
  (event) => {
    if (!list || event.isComposing || event.keyCode === 229) {
      return;
    }
    const all = options();
    const at = all.indexOf(list.querySelector(".at"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
      take(all[at]);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("mousedown", (event) => {
  const option = list && event.target.closest ? event.target.closest("#offered .option") : null;
  if (option) {
    event.preventDefault();
    take(option);
  } else if (event.target !== field) {
    close();
  }
});
document.addEventListener("htmx:afterSwap", () => {
  if (field && !field.isConnected) {
    close();
  }
});
