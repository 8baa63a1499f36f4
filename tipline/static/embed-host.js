// For the article's page: makes the frames of our forms as high as the form in them. It listens to this script's own
// site only, takes a number and nothing else, and loads, stores and sends nothing.
(() => {
  "use strict";
  if (!document.currentScript) return;
  const home = new URL(document.currentScript.src).origin;
  const frames = () =>
    [...document.getElementsByTagName("iframe")].filter((frame) => frame.src.startsWith(`${home}/c/`));
  window.addEventListener("message", (event) => {
    const height = event.origin === home && event.data ? event.data.tipline : 0;
    if (typeof height !== "number" || !(height > 0 && height < 100000)) return;
    for (const frame of frames()) {
      if (frame.contentWindow !== event.source) continue;
      frame.style.height = `${height + 4}px`; // by the script's hand: a policy against inline styles allows it
      // After "Continue" the next step begins where the last one did, which may be far above by then.
      if (event.data.turned && frame.dataset.shown && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
      frame.dataset.shown = "1";
    }
  });
  const ask = () => frames().forEach((frame) => frame.contentWindow.postMessage("tipline?", home));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ask);
  else ask();
})();
