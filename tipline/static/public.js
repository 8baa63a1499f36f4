// What is nicer with a script on readers' pages. Everything works without it; it stores and loads nothing.
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];

  function start() {
    leaving();
    copying();
    const form = document.getElementById("form");
    if (form && form.dataset.address) {
      asking(form);
      counting();
      if ("posted" in form.dataset) history.replaceState(null, "", form.dataset.address);
    }
    sending();
    // After an error the summary has the focus, so that a screen reader begins there.
    const news = document.getElementById("summary") || document.getElementById("more");
    if (news) news.focus();
  }

  // Leaving puts the harmless page in this one's place, so that Back does not return here, and has the server forget
  // what earlier steps of this form would show again.
  function leaving() {
    for (const link of all("a.leave")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        document.body.hidden = true;
        const sid = document.querySelector("#form [name=sid]");
        if (sid && navigator.sendBeacon) {
          const told = new FormData();
          told.append("sid", sid.value);
          navigator.sendBeacon("?act=leave", told);
        }
        // In the frame of an article the whole page goes, where the article lets it.
        try {
          (link.target === "_top" ? window.top : window).location.replace(link.href);
        } catch (error) {
          window.location.replace(link.href);
        }
      });
    }
  }

  function copying() {
    for (const button of all("[data-copy]")) {
      if (!navigator.clipboard) continue;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const place = document.getElementById(button.dataset.copy);
        try {
          await navigator.clipboard.writeText(place.innerText.trim().split(/\s+/).join(" "));
          button.textContent = button.dataset.done;
        } catch (error) {
          getSelection().selectAllChildren(place); // some frames may not; what is marked is copied by hand
        }
      });
    }
    for (const button of all("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
  }

  // Questions that depend on an answer of this page come and go at once, by the server's own rules (core/callouts/asking.py).
  function asking(form) {
    const places = all("[data-question]");
    const shown = form.querySelector("[name=shown]");
    if (!shown) return;
    const order = form.dataset.order.split(" ");
    places.sort((a, b) => order.indexOf(a.dataset.id) - order.indexOf(b.dataset.id));
    const picked = (place) => {
      const boxes = [...place.querySelectorAll("[type=radio], [type=checkbox]")].filter((box) => box.name[0] === "q");
      return boxes.map((box, at) => (box.checked ? String(at) : "")).filter(Boolean);
    };
    const look = () => {
      const chosen = {};
      const seen = new Set(shown.value.split("."));
      let over = false;
      for (const place of places) {
        const { question, id, never, if: on, options, ends } = place.dataset;
        const meets = on === undefined || (chosen[on] || []).some((option) => options.split(" ").includes(option));
        const asked = !over && never === undefined && meets;
        place.hidden = !asked;
        if (!asked) continue;
        seen.add(id);
        chosen[question] = picked(place);
        over = ends !== undefined && chosen[question].some((option) => ends.split(" ").includes(option));
      }
      shown.value = [...seen].filter(Boolean).join(".");
      for (const part of all("[data-only-files]")) part.hidden = !part.querySelector(".asked:not([hidden])");
      for (const said of all(".ended")) said.hidden = !over;
    };
    for (const said of all("[data-scriptless]")) said.hidden = true;
    form.addEventListener("change", look);
    look();
  }

  // How much is written toward the guide: for the eye at once, for the ear when the hands rest.
  function counting() {
    for (const count of all("[data-count]")) {
      const control = document.getElementById(count.dataset.count);
      const heard = document.createElement("span");
      let rest = 0;
      heard.className = "visually-hidden";
      heard.setAttribute("aria-live", "polite");
      count.after(heard);
      const say = () => count.dataset.said.replace("{n}", [...control.value].length.toLocaleString(document.documentElement.lang));
      const write = () => {
        count.hidden = false;
        count.textContent = say();
        count.classList.toggle("over", [...control.value].length > Number(count.dataset.guide));
      };
      count.setAttribute("aria-hidden", "true");
      control.addEventListener("input", () => {
        write();
        clearTimeout(rest);
        rest = setTimeout(() => (heard.textContent = say()), 1500);
      });
      write();
    }
  }

  // A second press while the first is on its way is stopped here; the server would notice it too. The browser's own
  // Stop is told to nobody: after a while a press counts again.
  const later = (form) => setTimeout(() => delete form.dataset.sent, 5000);

  function sending() {
    for (const form of all("form[enctype]")) {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) {
          event.preventDefault();
          return;
        }
        form.dataset.sent = "1";
        const target = (event.submitter && event.submitter.getAttribute("formaction")) || form.getAttribute("action");
        if (form.dataset.address && !target.includes("act=keep")) history.replaceState(null, "", form.dataset.address);
        const files = [...form.querySelectorAll("[type=file]")].some((input) => input.files.length);
        if (!files || !form.dataset.sending || !event.submitter || !("upload" in new XMLHttpRequest())) {
          later(form);
          return;
        }
        event.preventDefault();
        upload(form, new URL(target, location.href).href);
      });
    }
    window.addEventListener("pageshow", () => all("form[enctype]").forEach((form) => delete form.dataset.sent));
  }

  // The same post with a bar that shows how far it is. Whatever goes wrong, the browser sends the form itself.
  function upload(form, address) {
    const request = new XMLHttpRequest();
    const box = document.createElement("div");
    const label = document.createElement("span");
    const bar = document.createElement("progress");
    const stop = document.createElement("button");
    const plainly = () => {
      box.remove();
      form.action = address;
      later(form);
      HTMLFormElement.prototype.submit.call(form);
    };
    box.className = "progress";
    label.id = "progress-said";
    label.setAttribute("role", "status");
    bar.max = 100;
    bar.setAttribute("aria-labelledby", label.id);
    stop.type = "button";
    stop.className = "button compact";
    stop.textContent = form.dataset.stop;
    box.append(label, bar, stop);
    const before = form.querySelector(".progress");
    if (before) before.remove();
    form.querySelector(".send").append(box);
    const say = (percent) => {
      bar.value = percent;
      if (percent % 10 === 0 || !label.textContent) label.textContent = form.dataset.sending.replace("{n}", percent);
    };
    say(0);
    stop.focus();
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) say(Math.floor((100 * event.loaded) / event.total));
    });
    request.addEventListener("load", () => {
      if (!request.responseURL || !/^text\/html/.test(request.getResponseHeader("Content-Type") || "")) plainly();
      else if (request.responseURL !== address) location.assign(request.responseURL);
      else show(request.responseText);
    });
    request.addEventListener("error", plainly);
    stop.addEventListener("click", () => {
      request.abort();
      bar.remove();
      stop.remove();
      label.textContent = form.dataset.stopped;
      delete form.dataset.sent;
      form.querySelector(".send .main").focus();
    });
    request.open("POST", address);
    request.send(new FormData(form));
  }

  // The page that came back in this one's place, as the browser itself would have shown it.
  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const again = [...page.querySelectorAll("script[data-again]")].map((script) => script.getAttribute("src"));
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body.replaceWith(document.adoptNode(page.body));
    window.scrollTo(0, 0);
    start();
    for (const source of again) document.body.append(Object.assign(document.createElement("script"), { src: source }));
  }

  start();
})();
