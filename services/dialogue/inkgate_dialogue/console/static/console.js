// Keeps the page fresh: when something was committed, the part marked data-live is read again. Its value, where it has one,
// is the lead the page is about.
const live = document.getElementById("live");
const REST_MS = 300;
let due = null;

function say(text, up) {
  live.textContent = text;
  live.dataset.up = up;
}

async function refresh() {
  due = null;
  const response = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-live]");
  const standing = document.querySelector("[data-live]");
  if (!fresh || !standing) return;
  const focused = document.activeElement?.closest("[data-live] a")?.getAttribute("href");
  standing.replaceWith(fresh);
  if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function heard(event) {
  const lead = document.querySelector("[data-live]")?.dataset.live;
  if (lead && JSON.parse(event.data).lead_id !== lead) return;
  due ??= setTimeout(refresh, REST_MS);
}

if (document.querySelector("[data-live]")) {
  const source = new EventSource("/api/events");
  let lost = false;
  source.onopen = () => {
    say("● live", "yes");
    if (lost) due ??= setTimeout(refresh, REST_MS);
    lost = false;
  };
  source.onerror = () => {
    lost = true;
    say("○ not connected, trying again", "no");
  };
  source.addEventListener("timeline", heard);
}
