/* @ in a note offers the colleagues who work on the tip. */
import { focus } from "./focus.js";
import { offerNames } from "./suggestions.js";

function company() {
  return document.getElementById("company");
}

offerNames({
  field: "note-text",
  sign: /(^|[^A-Za-z0-9._+-])[@＠]([^@＠\n]{0,40})$/, // Chinese keyboards type ＠
  covers: 0,
  label() {
    return company().getAttribute("data-called");
  },
  fitting(name) {
    const people = company() ? JSON.parse(company().getAttribute("data-people") || "[]") : [];
    return people
      .filter((person) => {
        const known = person.toLowerCase();
        return known !== name.trim() && (known.indexOf(name) === 0 || (name && known.includes(` ${name}`)));
      })
      .map((person) => ({
        content: person,
        value: person,
      }));
  },
  put(field, name, from, to) {
    focus(field);
    field.setRangeText(`${name} `, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  },
});
