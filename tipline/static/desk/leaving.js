/* Asks before a page is left with words that are neither sent nor kept as a draft on the server: of a tip that is entered,
   a contact record, a translation. */
const WORDS = "form textarea:not([readonly], [data-draft], [data-kept])";
const sent = new WeakSet();

document.addEventListener("submit", (event) => sent.add(event.target));
document.addEventListener("input", (event) => event.target.form && sent.delete(event.target.form));
window.addEventListener("beforeunload", (event) => {
  const fields = [...document.querySelectorAll(WORDS)];
  if (fields.some((field) => field.value !== field.defaultValue && !sent.has(field.form))) {
    event.preventDefault();
  }
});
