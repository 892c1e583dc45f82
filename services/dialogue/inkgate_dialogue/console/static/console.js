// Keeps the page fresh: when something was committed, the part marked data-live is read again.
const live = document.getElementById("live");
let due = null;
async function refresh() {
  due = null;
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-live]");
  const standing = document.querySelector("[data-live]");
  if (fresh && standing) standing.replaceWith(fresh);
}
if (document.querySelector("[data-live]")) {
  const source = new EventSource("/api/events");
  source.onopen = () => { live.textContent = "live"; };
  source.onerror = () => { live.textContent = "not connected, trying again"; };
  source.addEventListener("timeline", () => { if (due === null) due = setTimeout(refresh, 300); });
}
