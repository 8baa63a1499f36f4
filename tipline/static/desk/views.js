/* What each saved view holds, and what is new in it: asked for when the page stands, and now and then while it is used. */
import { all, requestHeaders } from "./dom.js";

const known = {}; // by view: n and new, in words
let last = 0; // when they were asked for
let touched = Date.now();

function places() {
  return all("[data-view]");
}

function fill() {
  places().forEach((place) => {
    const size = known[place.getAttribute("data-view")];
    if (!size) {
      return;
    }
    place.querySelector(".n").textContent = size.n;
    const fresh = place.querySelector(".new");
    fresh.textContent = size.new;
    fresh.hidden = !size.new;
    const seen = place.querySelector(".seen");
    if (seen) {
      seen.hidden = !size.new;
    }
  });
}

function ask() {
  const box = document.getElementById("views");
  if (!box) {
    return;
  }
  last = Date.now();
  part(box.getAttribute("data-sizes"));
}

/* Some views after the other, so that one answer is never long. */
function part(address) {
  fetch(address)
    .then((answer) => (answer.ok && !answer.redirected ? answer.json() : { sizes: {}, next: null }))
    .then((told) => {
      Object.assign(known, told.sizes);
      fill();
      if (told.next) {
        part(told.next);
      } else {
        look();
      }
    })
    .catch(() => {
      /* offline: the numbers stay as they were */
    });
}

/* Who has the list of a view before them for a moment has seen what is new in it. */
function look() {
  const open = document.querySelector("[data-view][aria-current][data-looked]");
  const size = open && known[open.getAttribute("data-view")];
  if (!size?.new) {
    return;
  }
  const address = open.getAttribute("data-looked");
  window.setTimeout(() => {
    const still = document.querySelector("[data-view][aria-current][data-looked]");
    if (!still || still.getAttribute("data-looked") !== address || document.hidden) {
      return;
    }
    fetch(address, { method: "POST", headers: Object.assign(requestHeaders(), { "X-Quiet": "1" }) })
      .then((answer) => {
        if (answer.ok) {
          size.new = "";
          fill();
        }
      })
      .catch(() => {
        /* said again next time */
      });
  }, 2000);
}

["keydown", "pointerdown", "pointermove"].forEach((name) => {
  document.addEventListener(
    name,
    () => {
      touched = Date.now();
    },
    { passive: true },
  );
});

document.addEventListener("htmx:afterSwap", () => {
  fill();
  if (Date.now() - last > 30000) {
    ask();
  } else {
    look();
  }
});
window.setInterval(() => {
  if (!document.hidden && Date.now() - touched < 300000) {
    ask();
  }
}, 60000);

ask();
