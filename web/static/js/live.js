// Keeps a submission's panel as the server renders it: by a stream, or by asking again when that is cut.

import { localise } from "./times.js";

const panel = document.querySelector("[data-live]");
const POLL_MS = 2000;

if (panel && panel.dataset.final !== "true") {
  const spoken = document.querySelector("[data-announce]");
  const badge = document.querySelector("[data-connection]");
  let source = null;
  let timer = 0;
  let isOver = false;

  const show = (present) => {
    panel.innerHTML = present.html;
    localise(panel);
    spoken.textContent = present.announcement;
    if (present.is_final) {
      isOver = true;
      window.clearTimeout(timer);
      if (source) source.close();
      badge.hidden = true;
    }
  };

  const poll = async () => {
    window.clearTimeout(timer);
    if (isOver) return;
    try {
      const answer = await fetch(panel.dataset.panel, { headers: { Accept: "application/json" } });
      if (answer.ok) show(await answer.json());
    } catch { /* offline: the next round asks again */ }
    if (!isOver && (!source || source.readyState !== EventSource.OPEN)) timer = window.setTimeout(poll, POLL_MS);
  };

  const connect = () => {
    source = new EventSource(panel.dataset.events);
    source.addEventListener("state", (event) => show(JSON.parse(event.data)));
    source.addEventListener("open", () => {
      badge.hidden = false;
      window.clearTimeout(timer);
    });
    source.addEventListener("error", () => {
      badge.hidden = true;
      if (isOver) return;
      poll();
      // A refused stream (all places taken) is closed for good by the browser: come back later.
      if (source.readyState === EventSource.CLOSED) window.setTimeout(connect, 10000);
    });
  };

  if (window.EventSource) connect();
  else poll();
}
