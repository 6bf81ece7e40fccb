// Small comforts; every page works without them.
"use strict";
(() => {
  // A sign-in link carries the key behind '#', which no server and no log ever sees.
  const key = document.querySelector("input[data-key-field]");
  if (key && location.hash.length > 1) {
    key.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    key.form.requestSubmit();
  }
  // Ask before what cannot be taken back.
  document.addEventListener("submit", (event) => {
    const sure = event.target.closest("form[data-sure]");
    if (sure && !window.confirm(sure.dataset.sure)) event.preventDefault();
  });
  // The editor's line numbers follow the text; a finding's link leads to its line.
  const text = document.querySelector(".editor textarea");
  if (!text) return;
  const gutter = document.querySelector(".gutter");
  const count = () => {
    const lines = text.value.split("\n").length;
    text.rows = lines;
    while (gutter.children.length < lines) {
      const line = document.createElement("li");
      line.textContent = gutter.children.length + 1;
      gutter.append(line);
    }
    while (gutter.children.length > lines) gutter.lastElementChild.remove();
  };
  const go = (line) => {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    text.focus({ preventScroll: true });
    text.setSelectionRange(start, start + (lines[line - 1] || "").length);
    gutter.children[line - 1]?.scrollIntoView({ block: "center" });
  };
  text.addEventListener("input", count);
  count();
  for (const link of document.querySelectorAll("[data-line]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); go(Number(link.dataset.line)); });
  }
})();
