// What is nicer with a script on readers' pages. Everything works without it; it stores no word and loads
// nothing from elsewhere.
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];

  // An answer in another language is another entry of the history, so that Back leads to the page as it was: it is
  // loaded anew, and what was typed is asked for.
  let shown = "";
  window.addEventListener("popstate", () => location.search !== shown && location.reload());

  function start(came, language) {
    leaving();
    copying();
    const form = document.getElementById("form");
    if (form && form.dataset.address) {
      asking(form);
      counting();
      if ("posted" in form.dataset) history[language ? "pushState" : "replaceState"](null, "", form.dataset.address);
      else if (!came) restore(form);
    }
    shown = location.search;
    sending();
    for (const typed of all("form[data-note]")) noting(typed);
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
        left = true;
        for (const form of all("form[data-note]")) {
          const told = new FormData();
          told.append("noted", Date.now());
          if (form.elements.sid) told.append("sid", form.elements.sid.value);
          if (navigator.sendBeacon) navigator.sendBeacon(`${form.dataset.note.split("?")[0]}?act=leave`, told);
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

  // Questions that depend on an answer of this page come and go at once, by the server's own rules (core/callouts/conditional_questions.py).
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
      const say = () =>
        count.dataset.said.replace("{n}", [...control.value].length.toLocaleString(document.documentElement.lang));
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

  // What is typed is noted by the server, sealed, while it is typed and when the page goes out of sight. The browser
  // keeps the form's address in this entry of its history, which ends with the tab and holds no word.
  let left = false; // in haste: nothing is noted any more
  const held = (form) => form.dataset.address && !/[?&]form=/.test(location.search);
  const remember = (form) => held(form) && history.replaceState({ draft: form.dataset.address }, "");

  // On a slow line somebody types before this script is there: no event told of that.
  const altered = (form) =>
    [...form.elements].some((field) =>
      /^(radio|checkbox)$/.test(field.type)
        ? field.checked !== field.defaultChecked
        : field.type !== "file" && "defaultValue" in field && field.value !== field.defaultValue,
    );

  function noting(form) {
    let unsaved = false;
    let failed = false;
    let timer = 0;
    let busy = false;
    const words = () => {
      form.elements.noted.value = Date.now();
      const fields = new FormData(form);
      for (const input of form.querySelectorAll("[type=file]")) fields.delete(input.name);
      return fields;
    };
    const live = () => unsaved && !left && !form.dataset.sent && form.isConnected;
    const save = async () => {
      timer = 0;
      if (!live() || busy) return;
      busy = true;
      unsaved = false;
      try {
        failed = !(await fetch(form.dataset.note, { method: "POST", body: words() })).ok;
      } catch (error) {
        failed = true;
      }
      busy = false;
      unsaved = unsaved || failed;
      if (unsaved && !timer) timer = setTimeout(save, failed ? 10000 : 1500);
    };
    const now = () => {
      if (live() && navigator.sendBeacon) unsaved = !navigator.sendBeacon(form.dataset.note, words());
    };
    const typed = () => {
      remember(form);
      unsaved = true;
      if (!timer) timer = setTimeout(save, 1500);
    };
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    if (altered(form)) typed();
    document.addEventListener("visibilitychange", () => document.hidden && now());
    window.addEventListener("pagehide", now);
    window.addEventListener("beforeunload", (event) => live() && failed && event.preventDefault());
  }

  // Reload and Back come to an empty form: what was noted is asked for, unless somebody types already.
  async function restore(form) {
    const draft = held(form) && history.state && history.state.draft;
    if (!draft) return;
    let touched = altered(form);
    form.addEventListener("input", () => (touched = true), { once: true });
    const answer = await fetch(draft).catch(() => null);
    if (!answer || !answer.ok || touched || left) return;
    const html = await answer.text();
    if (touched || left) return;
    if (/<form[^>]* data-gone/.test(html)) history.replaceState(null, "");
    else show(html);
  }

  // Files that are too large, or too many, are named when they are chosen, and are not sent.
  const MB = 1024 * 1024;

  function fitting(form) {
    let room = form.dataset.all * MB;
    let places = form.dataset.most;
    const left = new Map();
    for (const input of form.querySelectorAll("[type=file]")) {
      left.set(input, { large: [], many: [] });
      for (const file of input.files) {
        if (file.size > form.dataset.each * MB || file.size > room) left.get(input).large.push(file);
        else if (places < 1) left.get(input).many.push(file);
        else {
          room -= file.size;
          places -= 1;
        }
      }
    }
    return left;
  }

  function named(form, { large, many }) {
    const size = (file) => `\u2068${file.name}\u2069 (${Math.ceil(file.size / MB)} MB)`;
    const sentence = (words, names) => (names.length ? words.replace("{names}", () => names.join(", ")) : "");
    const ours = [
      sentence(form.dataset.large, large.map(size)),
      sentence(
        form.dataset.many,
        many.map((file) => `\u2068${file.name}\u2069`),
      ),
    ];
    return ours.filter(Boolean).join(" ");
  }

  function sizes(form) {
    form.addEventListener("change", (event) => {
      if (event.target.type !== "file") return;
      for (const [input, files] of fitting(form)) {
        const words = named(form, files);
        let said = input.parentNode.querySelector(".too-large");
        if (!said && !words) continue;
        if (!said) {
          said = document.createElement("p");
          said.className = "error too-large";
          said.setAttribute("role", "alert");
          input.before(said);
        }
        said.textContent = words;
        said.hidden = !words;
      }
    });
  }

  // A second press while the first is on its way is stopped here; the server would notice it too. The browser's own
  // Stop is told to nobody: after a while a press counts again.
  const later = (form) => setTimeout(() => delete form.dataset.sent, 5000);

  function sending() {
    for (const form of all("form[enctype]")) {
      sizes(form);
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) {
          event.preventDefault();
          return;
        }
        form.dataset.sent = "1";
        const target = (event.submitter && event.submitter.getAttribute("formaction")) || form.getAttribute("action");
        remember(form);
        form.elements.noted.value = Date.now();
        if (!event.submitter) {
          later(form);
          return;
        }
        event.preventDefault();
        upload(form, new URL(target, location.href).href);
      });
    }
    window.addEventListener("pageshow", () => all("form[enctype]").forEach((form) => delete form.dataset.sent));
  }

  const part = (name, more) => Object.assign(document.createElement(name), more);
  let onItsWay = null;

  // The same post with a bar that shows how far its files are. A line that breaks leaves the page as it is.
  function upload(form, address) {
    const request = new XMLHttpRequest();
    const label = part("span", { id: "progress-said" });
    const bar = part("progress", { max: 100 });
    const stop = part("button", { type: "button", className: "button compact", textContent: form.dataset.stop });
    const box = part("div", { className: "progress" });
    const body = new FormData(form);
    let files = 0;
    for (const [input, left] of fitting(form)) {
      body.delete(input.name);
      for (const file of input.files) {
        if (left.large.includes(file) || left.many.includes(file)) continue;
        body.append(input.name, file);
        files++;
      }
    }
    if (onItsWay) onItsWay.abort();
    onItsWay = request;
    label.setAttribute("role", "status");
    bar.setAttribute("aria-labelledby", label.id);
    const before = form.querySelector(".progress");
    if (before) before.remove();
    form.querySelector(".send").append(box);
    const say = (percent) => {
      bar.value = percent;
      if (percent % 10 === 0 || !label.textContent) label.textContent = form.dataset.sending.replace("{n}", percent);
    };
    if (files) {
      box.append(label, bar, stop);
      say(0);
      stop.focus();
    } else later(form);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) say(Math.floor((100 * event.loaded) / event.total));
    });
    const cut = () => {
      const again = part("button", { type: "button", className: "button compact", textContent: form.dataset.again });
      const retry = () => {
        window.removeEventListener("online", retry);
        if (!form.isConnected || onItsWay !== request) return;
        form.dataset.sent = "1";
        upload(form, address);
      };
      if (onItsWay !== request) return;
      label.textContent = form.dataset.cut;
      box.classList.add("broken");
      box.replaceChildren(label, again);
      again.addEventListener("click", retry);
      window.addEventListener("online", retry);
      if (files) delete form.dataset.sent;
      if (!document.activeElement.matches("input, textarea, select")) again.focus(); // who writes on is not disturbed
    };
    request.addEventListener("load", () => {
      const html = /^text\/html/.test(request.getResponseHeader("Content-Type") || "");
      if (!html || !request.responseURL || !isOurs(request)) cut();
      else if (request.responseURL.split("#")[0] !== address.split("#")[0]) location.assign(request.responseURL);
      else show(request.responseText);
    });
    request.addEventListener("error", cut);
    stop.addEventListener("click", () => {
      request.abort();
      bar.remove();
      stop.remove();
      label.textContent = form.dataset.stopped;
      delete form.dataset.sent;
      form.querySelector(".send .main").focus();
    });
    request.open("POST", address);
    request.send(body);
  }

  // An error page, a proxy's or our own, must not take the place of what was typed.
  function isOurs(request) {
    if (request.status < 400 || [409, 410].includes(request.status)) return true;
    return new DOMParser().parseFromString(request.responseText, "text/html").querySelector("form[data-note]") !== null;
  }

  // The page that came back in this one's place, as the browser itself would have shown it.
  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const again = [...page.querySelectorAll("script[data-again]")].map((script) => script.getAttribute("src"));
    const language = document.documentElement.lang !== page.documentElement.lang;
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body.replaceWith(document.adoptNode(page.body));
    window.scrollTo(0, 0);
    start(true, language);
    for (const source of again) document.body.append(Object.assign(document.createElement("script"), { src: source }));
  }

  start();
})();
