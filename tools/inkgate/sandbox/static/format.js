// Small helpers: elements, times, money, links in text.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && !name.startsWith("aria") && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const two = (number) => String(number).padStart(2, "0");

export function timeMs(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

export function timeShort(iso) {
  return timeMs(iso).slice(0, 5);
}

export function took(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return "";
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}\u00a0ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)}\u00a0s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
}

export function pounds(pence) {
  if (typeof pence !== "number") return "";
  return pence % 100 === 0 ? `£${(pence / 100).toLocaleString("en-GB")}` : `£${(pence / 100).toFixed(2)}`;
}

export function phone(digits) {
  if (/^44\d{10}$/.test(digits)) return `+44 ${digits.slice(2, 6)} ${digits.slice(6)}`;
  return /^\d+$/.test(digits) ? `+${digits}` : digits;
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

// Text with its web addresses made into links; nothing else of it is ever read as HTML.
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(end, match.index));
    const own = match[0].startsWith(`${location.origin}/sandbox/pay/`);
    const shown = own ? "the sandbox’s pay page" : match[0];
    parts.push(h("a", { href: match[0], target: "_blank", rel: "noopener", title: match[0] }, shown));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

export function short(text, max = 90) {
  const flat = String(text ?? "").replace(/\s+/g, " ");
  return flat.length > max ? `${flat.slice(0, max - 1)}…` : flat;
}

// Show a row to the eye and to the keyboard. Whether there was one.
export function flash(row) {
  if (!row) return false;
  row.scrollIntoView({ block: "nearest" });
  row.focus({ preventScroll: true });
  row.classList.remove("flash");
  requestAnimationFrame(() => row.classList.add("flash"));
  return true;
}
