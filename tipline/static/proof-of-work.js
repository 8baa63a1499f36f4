// The short calculation that a form costs while very many are posted (web/public/proof_of_work.py): which number, after the ticket's
// id, has a SHA-256 that begins with so many zeros? The same file is the page's script and the worker that counts.
// crypto.subtle would do, but pages without https have none.
(() => {
  "use strict";
  const K = new Int32Array(64);
  const H = new Int32Array(8);
  for (let n = 2, at = 0; at < 64; n++) {
    let prime = true;
    for (let by = 2; by * by <= n && prime; by++) prime = n % by !== 0;
    if (!prime) continue;
    const bits = (root) => ((root - Math.floor(root)) * 4294967296) | 0;
    if (at < 8) H[at] = bits(Math.sqrt(n));
    K[at++] = bits(Math.cbrt(n));
  }
  const W = new Int32Array(64);
  const turn = (word, by) => (word >>> by) | (word << (32 - by));

  // The first 32 bits of the hash of a text of at most 55 ASCII characters.
  function begins(text) {
    W.fill(0);
    for (let i = 0; i < text.length; i++) W[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    W[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    W[15] = text.length * 8;
    for (let i = 16; i < 64; i++) {
      const a = W[i - 15];
      const b = W[i - 2];
      const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = H;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    return (H[0] + a) >>> 0;
  }

  function solve(id, bits) {
    let n = 0;
    while (begins(`${id}:${n}`) >>> (32 - bits) !== 0) n++;
    return n;
  }

  if (typeof document === "undefined") {
    self.onmessage = (event) => self.postMessage(solve(event.data.id, event.data.bits));
    return;
  }

  const source = document.currentScript && document.currentScript.src;
  const place = document.getElementById("work");
  const busy = document.getElementById("busy");
  if (!place || !busy || !source || !window.Worker) return;
  const say = (which) => {
    for (const line of busy.children) line.hidden = line.hasAttributes() && !(which in line.dataset);
  };
  let touched = false; // whoever goes on writing sends it themselves
  place.form.addEventListener("input", () => (touched = true));
  place.form.addEventListener("submit", () => (touched = true));
  const worker = new Worker(source);
  worker.onmessage = (event) => {
    place.value = String(event.data);
    worker.terminate();
    if (touched) return say("ready");
    place.form.querySelector(".send .button.main").click();
  };
  worker.onerror = () => say("scriptless"); // waiting is the other way
  worker.postMessage({ id: place.dataset.id, bits: Number(place.dataset.bits) });
  say("working");
})();
