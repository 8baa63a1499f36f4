/* What others do meanwhile: one request in ten seconds, while the page is in sight and somebody is at it.
   Nothing moves by itself: a pill says what came, marks say who is where. */
import { all, one, requestHeaders } from "./dom.js";

const address = one("script[data-live]").dataset.live;
const EVERY = 10000;
let seen = ""; // what the server told last, as it names it
let told = { list: "", tip: "", rows: {}, unread: {} };
let at = null; // the tip that was open at the last request
let touched = Date.now();
let typedAt = 0;
let asking = false;
let again = false;

function openTip() {
  const tip = one("#tip[data-tip]");
  return tip ? tip.getAttribute("data-tip") : null;
}

/* Somebody writes who has words in a field and typed a moment ago. */
function writing() {
  return Date.now() - typedAt < 20000 && all(".composer textarea").some((field) => field.value.trim());
}

function form() {
  const body = new URLSearchParams();
  const news = one("#news");
  const company = one("#company");
  const tip = openTip();
  body.set("seen", seen);
  if (news) {
    ["q", "since", "at"].forEach((name) => {
      body.set(name, news.getAttribute(`data-${name}`));
    });
    body.set(
      "rows",
      all(".rows .row")
        .slice(0, 200)
        .map((row) => row.getAttribute("data-tip"))
        .join(),
    );
  }
  if (tip) {
    body.set("tip", tip);
  }
  if (tip && company) {
    body.set("tip_at", company.getAttribute("data-at"));
  }
  if (tip && writing()) {
    body.set("writing", "1");
  }
  if (at && at !== tip) {
    body.set("left", at);
  }
  at = tip;
  return body;
}

function ask() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  const sent = form();
  fetch(address, { method: "POST", body: sent, headers: requestHeaders(), redirect: "error" })
    .then((answer) => (answer.status === 200 ? answer.json() : null))
    .then((news) => {
      if (news && sent.get("tip") === openTip()) {
        seen = news.seen;
        told = news;
        show();
      }
    })
    .catch(() => {
      /* no connection, or signed out: whatever the person does next says so */
    })
    .then(() => {
      asking = false;
      if (again) {
        again = false;
        ask();
      }
    });
}

function put(place, html) {
  if (!place || place.innerHTML === html) {
    return;
  }
  place.innerHTML = html;
  if (window.htmx) {
    window.htmx.process(place);
  }
}

function show() {
  put(one("#news"), told.list);
  if (openTip()) {
    put(one("#company-now"), told.tip);
  }
  all("[data-activity]").forEach((n) => {
    n.textContent = told.activity > 99 ? "99+" : told.activity || "";
  });
  marks();
  unread();
}

/* A reader wrote: the row says so where it stands. Nothing in it is drawn anew, so that focus and ticks stay. */
function unread() {
  Object.keys(told.unread).forEach((id) => {
    const row = one(`#row-${id}`);
    if (!row) {
      return;
    }
    row.classList.add("unread");
    if (!one(".dot", row)) {
      one(".who", row).insertAdjacentHTML("afterbegin", told.unread[id].dot);
    }
    if (!one(".back", row)) {
      one(".marks .end", row).insertAdjacentHTML("afterbegin", told.unread[id].back);
    }
    if (told.unread[id].age) {
      one(".age", row).innerHTML = told.unread[id].age;
    }
  });
}

function marks() {
  all(".row .here").forEach((mark) => {
    mark.remove();
  });
  Object.keys(told.rows).forEach((id) => {
    const end = one(`#row-${id} .marks .end`);
    if (!end) {
      return;
    }
    const mark = document.createElement("span");
    mark.className = told.rows[id].writing ? "here writing" : "here";
    mark.textContent = told.rows[id].mark;
    mark.title = told.rows[id].words;
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", told.rows[id].words);
    end.insertBefore(mark, end.firstChild);
  });
}

/* A page that nobody touches asks for nothing, so that a desk left alone signs out in time. */
["keydown", "pointerdown", "pointermove", "wheel"].forEach((name) => {
  document.addEventListener(
    name,
    () => {
      touched = Date.now();
    },
    { passive: true },
  );
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(".composer textarea")) {
    return;
  }
  const was = writing();
  typedAt = Date.now();
  if (!was && writing()) {
    ask();
  }
});

/* Where the list or the tip was drawn anew, it knows all; what was told before is told again. */
document.addEventListener("htmx:afterSwap", (event) => {
  const id = event.detail.target ? event.detail.target.id : "";
  if (id === "list" || id === "tip") {
    seen = "";
  }
  if (id === "tip" && at !== openTip()) {
    typedAt = 0;
    ask();
  }
  marks();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    ask();
  }
});

/* Who leaves the page of activity has seen it; not who only looks at one of its tips and comes back. */
let looking = false;
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#activity article a")) {
    looking = true;
  }
});
window.addEventListener("pageshow", () => {
  looking = false;
});
window.addEventListener("pagehide", () => {
  const known = document.getElementById("activity-seen");
  if (!known || looking) {
    return;
  }
  fetch(known.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(known)),
    keepalive: true,
    redirect: "manual",
  }).catch(() => {
    /* gone */
  });
});

window.addEventListener("pagehide", () => {
  if (!at) {
    return;
  }
  const body = new URLSearchParams({ left: at });
  fetch(address, { method: "POST", body, headers: requestHeaders(), keepalive: true }).catch(() => {
    /* gone */
  });
  at = null;
});

window.setInterval(() => {
  if (!document.hidden && Date.now() - touched < 300000) {
    ask();
  }
}, EVERY);

ask();
