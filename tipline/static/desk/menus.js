/* Menus: <details class="menu">, one open at a time. Arrows walk through what it offers, letters filter or find it,
   Enter takes it. */
import { all, one, shown } from "./dom.js";
import { focus } from "./focus.js";

let typed = ""; // the letters of one word, to find what begins with it
let typedAt = 0;

export function menuOf(element) {
  return element?.closest ? element.closest("details.menu[open]") : null;
}

function closeMenus(except) {
  all("details.menu[open]").forEach((menu) => {
    if (menu !== except && !(except && menu.contains(except))) {
      menu.open = false;
    }
  });
}

function options(menu) {
  return all(".option", menu).filter((option) => !option.hidden && shown(option));
}

export function openMenu(menu) {
  closeMenus(menu);
  typed = "";
  menu.open = true;
  const field = one("[data-filter]", menu);
  const first = one(".option[aria-current]", menu) || options(menu)[0] || one("input, select, button", menu);
  focus(field || first || one("summary", menu));
  if (field) {
    field.select();
    filter(field);
  }
}

/* Hide what does not match; Enter takes the one marked .at. */
function filter(field) {
  const menu = field.closest("details.menu");
  const wanted = field.value.trim().toLowerCase();
  let exact = false;
  let best = null;
  let second = null;
  all(".option:not([data-new])", menu).forEach((option) => {
    const label = (option.getAttribute("data-label") || option.textContent).trim().toLowerCase();
    const starts = wanted && (label.indexOf(wanted) === 0 || label.includes(` ${wanted}`));
    const holds =
      !wanted || label.includes(wanted) || (option.getAttribute("data-initials") || "").toLowerCase() === wanted;
    option.hidden = !holds;
    option.classList.remove("at");
    exact = exact || label === wanted;
    if (label === wanted) {
      best = option;
    }
    if (starts && !best) {
      best = option;
    }
    if (wanted && holds && !second) {
      second = option;
    }
  });
  const fresh = one("[data-new]", menu);
  if (fresh) {
    fresh.hidden = !wanted || exact;
    fresh.value = field.value.trim();
    fresh.classList.remove("at");
    one("b", fresh).textContent = field.value.trim();
  }
  best = best || second || (fresh && !fresh.hidden ? fresh : null);
  if (best) {
    best.classList.add("at");
  }
}

function typeAhead(menu, key) {
  const now = Date.now();
  typed = now - typedAt > 800 ? key : typed + key;
  typedAt = now;
  const starts = options(menu).filter((option) => option.textContent.trim().toLowerCase().indexOf(typed) === 0);
  const found =
    starts[0] || options(menu).filter((option) => option.textContent.trim().toLowerCase().includes(` ${typed}`))[0];
  if (found) {
    focus(found);
  }
}

/* A key in an open menu, whether one types there or not; true where it was the menu's. */
export function menuKey(event, menu, typing) {
  const list = options(menu);
  const at = list.indexOf(document.activeElement);
  const field = one("[data-filter]", menu);
  const marked = one(".option.at", menu);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (document.activeElement.matches("select, [type=date]")) {
      return false;
    }
    const from = at < 0 && marked ? list.indexOf(marked) - (event.key === "ArrowDown" && !field.value ? 1 : 0) : at;
    const next = list[from + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      focus(next);
    } else if (field && event.key === "ArrowUp") {
      focus(field);
    }
    return true;
  }
  if (event.key === "Enter" && document.activeElement === field && !event.isComposing && marked && field.value.trim()) {
    marked.click();
    return true;
  }
  if (event.key.length === 1 && event.key !== " " && !typing) {
    if (field) {
      focus(field);
      return false;
    } // the letter goes into the field
    typeAhead(menu, event.key.toLowerCase());
    return true;
  }
  return false;
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("[data-filter]")) {
    filter(field);
  }
});

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const summary = event.target.closest?.("details.menu > summary");
  if (summary && !summary.parentNode.open) {
    window.setTimeout(() => {
      if (summary.parentNode.open) {
        openMenu(summary.parentNode);
      }
    }, 0);
  }
});
