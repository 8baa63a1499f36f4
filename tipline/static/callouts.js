// The builder with a script: options show only where the kind has them. Without it they are always there.
(() => {
  "use strict";
  const withOptions = new Set(["one", "several"]);
  const show = (ask) => {
    const kind = ask.querySelector("[data-kind]");
    for (const options of ask.querySelectorAll("[data-options]")) options.hidden = !withOptions.has(kind.value);
  };
  const all = () => document.querySelectorAll("[data-ask]").forEach(show);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-kind]")) show(event.target.closest("[data-ask]"));
  });
  document.addEventListener("htmx:afterSettle", all);
  all();

  // Leaving with unsaved words asks once, as browsers do.
  const form = document.getElementById("callout");
  let typed = false;
  form.addEventListener("input", () => (typed = true));
  form.addEventListener("submit", () => (typed = false));
  window.addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
})();
