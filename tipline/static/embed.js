// In the frame: tells the article's page how high the form is, so that it need not scroll. Nothing else is told.
(() => {
  "use strict";
  if (window.parent === window) return;
  let told = 0;
  // The body, not the document: that one is never lower than the frame and so would never shrink.
  const height = () => Math.ceil(document.body.getBoundingClientRect().height);
  // Tells of changes of the page itself; where a browser can't, whatever people do may have changed it.
  const watcher = window.ResizeObserver ? new ResizeObserver(() => tell(false, false)) : null;
  let watched = null;
  const tell = (again, turned) => {
    if (watcher && document.body !== watched) {
      watched = document.body; // the form may bring a new one
      watcher.observe(watched);
    }
    const now = height();
    if (now && (again || now !== told)) window.parent.postMessage({ tipline: now, turned }, "*");
    told = now;
  };
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data === "tipline?") tell(true, false);
  });
  for (const kind of ["load", "resize", "input", "change", "toggle", "click"]) {
    window.addEventListener(kind, () => setTimeout(() => tell(false, false), 50), true);
  }
  tell(true, true);
})();
