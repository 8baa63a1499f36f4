// Copy buttons beside the share kit's fields. Without a script, or a clipboard, the fields can be marked by hand.
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy-field]") : []) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copyField);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2000);
    } catch {
      field.select(); // not allowed here: the keyboard's own copy works on what is marked
    }
  });
}
