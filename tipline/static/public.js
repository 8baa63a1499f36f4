// What is nicer with a script on readers' pages. Everything works without it; it stores and loads nothing.
(() => {
  "use strict";

  // Leaving puts the harmless page in this one's place, so that Back does not return here.
  for (const link of document.querySelectorAll("a.leave")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.body.hidden = true;
      window.location.replace(link.href);
    });
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const words = document.getElementById(button.dataset.copy).innerText.trim().split(/\s+/);
      await navigator.clipboard.writeText(words.join(" "));
      button.textContent = button.dataset.done;
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // After an error the summary has the focus, so that a screen reader begins there.
  const summary = document.getElementById("summary");
  if (summary) summary.focus();

  // A second press while the first is on its way is stopped here; the server would notice it too.
  for (const form of document.querySelectorAll("form[enctype]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
    window.addEventListener("pageshow", () => delete form.dataset.sent);
  }
})();
