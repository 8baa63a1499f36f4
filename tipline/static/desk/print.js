// The button that opens the browser's own print, where there is a script to do so.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
