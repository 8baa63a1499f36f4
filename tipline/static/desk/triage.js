/* Keys inside an open menu: each option that shows a key is chosen by it; what asks why opens into its reasons. It hears
   keys before keys.js does, and leaves to that what it does not know. */
import { all, shown } from "./dom.js";
import { focus, typing } from "./focus.js";

function hot(inside, key) {
  return all("[data-hot]", inside).filter((option) => shown(option) && option.getAttribute("data-hot") === key);
}

function openStep(step) {
  all("details.step[open]", step.parentNode).forEach((other) => {
    if (other !== step) {
      other.open = false;
    }
  });
  step.open = true;
  const first = step.querySelector("button.option");
  if (first) {
    focus(first);
  }
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const element = document.activeElement;
    const menu = element?.closest?.("details.menu[open]");
    if (!menu || typing(element) || document.querySelector("dialog[open]")) {
      return;
    }
    const step = menu.querySelector("details.step[open]");
    const found =
      (step ? hot(step, event.key).filter((o) => !o.matches("summary")) : [])[0] ||
      (step ? null : hot(menu, event.key)[0]);
    if (!found) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (found.matches("summary")) {
      openStep(found.parentNode);
    } else {
      found.click();
    }
  },
  true,
);

/* The first tag that the tip's words suggest is the one that Enter takes while nothing is typed. */
function firstHint(menu) {
  return menu.querySelector("[data-hint]:not([hidden])");
}

document.addEventListener(
  "keydown",
  (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !field.matches || !field.matches("[data-filter]")) {
      return;
    }
    const hint = !field.value.trim() && firstHint(field.closest("details.menu"));
    if (hint) {
      event.preventDefault();
      event.stopPropagation();
      hint.click();
    }
  },
  true,
);

/* Names of groups would stand alone among what matches. */
document.addEventListener("input", (event) => {
  const menu = event.target.matches("[data-filter]") && event.target.closest("details.menu");
  if (!menu) {
    return;
  }
  all(".menu-name", menu).forEach((name) => {
    name.hidden = !!event.target.value.trim();
  });
  if (!event.target.value.trim() && firstHint(menu)) {
    firstHint(menu).classList.add("at");
  }
});

/* A step that was opened by the mouse or by Enter gets the focus too; a menu that was closed begins anew. */
document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target;
    if (!details.matches) {
      return;
    }
    if (details.matches("details.step[open]") && details.contains(document.activeElement)) {
      openStep(details);
    }
    if (details.matches("details.menu:not([open])")) {
      all("details.step[open]", details).forEach((step) => {
        step.open = false;
      });
    }
    if (details.matches("details.menu[open]") && firstHint(details)) {
      firstHint(details).classList.add("at");
    }
  },
  true,
);
