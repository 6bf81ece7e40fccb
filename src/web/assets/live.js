// Keeps [data-live] parts of a page fresh: the server says that something changed, the part is fetched again.
"use strict";
(() => {
  const parts = [...document.querySelectorAll("[data-live]")];
  const lamp = document.querySelector("[data-lamp]");
  if (!parts.length || !window.EventSource) return;
  const PAUSE_MS = 150;
  const shown = new Map();
  let busy = false, again = false;

  const say = (on, words) => { if (lamp) { lamp.classList.toggle("on", on); lamp.textContent = words; } };

  // What a person is doing (a focused button, an opened detail) outlives the exchange.
  const swap = (part, html) => {
    // The same again is not exchanged: a click under way would be lost, and a screen reader would begin anew.
    if (shown.get(part) === html) return;
    shown.set(part, html);
    const focus = document.activeElement && part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
    const known = new Set([...part.querySelectorAll("[data-key]")].map((one) => one.dataset.key));
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;
    part.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    let fresh = 0;
    for (const one of part.querySelectorAll("[data-key]")) {
      if (!known.has(one.dataset.key)) { one.classList.add("fresh"); fresh += 1; }
    }
    if (fresh && atEnd && part.dataset.follow !== undefined) window.scrollTo(0, document.body.scrollHeight);
    const news = document.querySelector("[data-news]");
    if (fresh && news) news.textContent = part.dataset.follow !== undefined ? "The conversation has news." : "The overview has news.";
  };

  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    do {
      again = false;
      for (const part of parts) {
        try {
          const answer = await fetch(part.dataset.live, { headers: { "x-fragment": "1" }, redirect: "manual" });
          if (answer.ok) swap(part, await answer.text());
          else if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return; }
        } catch { /* The event stream says when the box is back. */ }
      }
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    } while (again);
    busy = false;
  };

  const news = new EventSource("/live");
  news.addEventListener("change", refresh);
  news.addEventListener("open", () => { say(true, "live"); });
  news.addEventListener("error", () => { say(false, "not connected, trying again"); });
  window.addEventListener("pagehide", () => news.close());
  // Times such as "3 min ago" go stale without news.
  setInterval(() => { if (!document.hidden) refresh(); }, 30000);
})();
