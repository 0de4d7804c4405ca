// Shows every <time data-local> in the reader's zone and language, and runs countdowns.

const language = document.documentElement.lang || undefined;
const formats = {
  datetime: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
  date: new Intl.DateTimeFormat(language, { dateStyle: "medium" }),
  full: new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" }),
};
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// The reader's clock may be wrong; the server's is what deadlines go by.
const stated = Date.parse(document.documentElement.dataset.now || "");
const skew = Number.isNaN(stated) ? 0 : stated - Date.now();
const nowMs = () => Date.now() + skew;

function relativeText(instant) {
  const seconds = Math.round((instant - nowMs()) / 1000);
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) || units[3];
  return relative.format(Math.round(seconds / size), unit);
}

export function localise(root = document) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const instant = new Date(element.dateTime);
    if (Number.isNaN(instant.getTime())) continue;
    const style = element.dataset.local;
    element.title = formats.full.format(instant);
    element.textContent = style === "relative" ? relativeText(instant) : (formats[style] || formats.datetime).format(instant);
  }
}

function countdownText(milliseconds, words) {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const pad = (value) => String(value).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const clock = `${pad(Math.floor((total % 86400) / 3600))}:${pad(Math.floor((total % 3600) / 60))}:${pad(total % 60)}`;
  return days ? `${days} ${words} ${clock}` : clock;
}

function runCountdowns() {
  const elements = [...document.querySelectorAll("[data-countdown]")];
  if (!elements.length) return;
  const tick = () => {
    for (const element of elements) {
      const rest = Date.parse(element.dataset.countdown) - nowMs();
      element.textContent = countdownText(rest, element.dataset.days || "d");
      if (rest <= 0 && !element.dataset.over) {
        element.dataset.over = "1";
        window.setTimeout(() => window.location.reload(), 1500);
      }
    }
  };
  tick();
  window.setInterval(tick, 1000);
}

function showLocalEquivalents() {
  for (const input of document.querySelectorAll("input[data-utc]")) {
    const note = document.getElementById(input.dataset.utc);
    const show = () => {
      const instant = new Date(`${input.value}Z`);
      note.textContent = Number.isNaN(instant.getTime()) ? "" : `${note.dataset.label} ${formats.full.format(instant)}`;
    };
    input.addEventListener("input", show);
    show();
  }
}

showLocalEquivalents();
localise();
runCountdowns();
