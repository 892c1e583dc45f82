// Clients as tabs: who there is, who is open, who has news. Each has an address (#/client/447700900123).

import { h, phone } from "./format.js";

const TABS_MAX = 7;
const NAMES = ["Ana", "Ben", "Chloe", "Dev", "Ella", "Finn", "Gita", "Hugo", "Isla", "Jon", "Kim", "Leo", "Mia", "Noor", "Omar", "Pia"];
const FIRST = 447700900101; // Ofcom's numbers for drama: nobody's

export class Clients {
  constructor({ tabs, more, others, add, form, name, number, cancel }) {
    Object.assign(this, { tabs, more, others, add, form, name, number });
    this.known = new Map();
    this.current = null;
    this.news = new Set();
    others.addEventListener("change", () => others.value && go(others.value));
    add.addEventListener("click", () => this.ask(form.hidden));
    cancel.addEventListener("click", () => this.ask(false));
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.ask(false));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const digits = number.value.trim();
      if (name.value.trim()) this.rename(digits, name.value.trim());
      this.ask(false);
      go(digits);
      document.getElementById("write").focus();
    });
  }

  // The clients as the sandbox tells them, newest first.
  set(items) {
    for (const item of items) this.known.set(item.wa_id, item);
    this.show();
  }

  // Something happened with a client: put her first; a dot when she is not the open one.
  touch(waId, name) {
    const had = this.known.get(waId);
    const item = { ...(had ?? { wa_id: waId }), ...(name ? { name } : {}) };
    const first = this.known.keys().next().value === waId;
    if (!had) this.known = new Map([[waId, item], ...this.known]);
    else this.known.set(waId, item);
    const news = waId !== this.current && !this.news.has(waId);
    if (waId !== this.current) this.news.add(waId);
    if (!had || news || (name && had.name !== name) || (!first && !had)) this.show();
  }

  open(waId) {
    this.current = waId;
    this.news.delete(waId);
    if (!this.known.has(waId)) this.known = new Map([[waId, { wa_id: waId }], ...this.known]);
    this.show();
  }

  nameOf(waId) {
    return names()[waId] || this.known.get(waId)?.name || suggested(waId);
  }

  rename(waId, name) {
    const all = names();
    all[waId] = name;
    try {
      localStorage.setItem("inkgate-names", JSON.stringify(Object.fromEntries(Object.entries(all).slice(-200))));
    } catch {
      // Private windows may refuse; the name is then only kept with her first message.
    }
  }

  free() {
    let number = FIRST;
    while (this.known.has(String(number))) number += 1;
    return String(number);
  }

  ask(on) {
    this.form.hidden = !on;
    this.add.setAttribute("aria-expanded", String(on));
    if (!on) {
      this.add.focus();
      return;
    }
    this.number.value = this.free();
    this.name.value = suggested(this.number.value);
    this.name.focus();
    this.name.select();
  }

  show() {
    const all = [...this.known.keys()];
    const front = all.slice(0, TABS_MAX);
    if (this.current && !front.includes(this.current)) front[front.length - 1] = this.current;
    const tab = (waId) => {
      const news = this.news.has(waId);
      const link = h(
        "a",
        { href: address(waId), class: `tab${news ? " news" : ""}`, title: phone(waId), "aria-current": waId === this.current ? "page" : undefined },
        this.nameOf(waId),
        news ? h("span", { class: "news-dot" }, h("span", { class: "visually-hidden" }, " (news)")) : null,
      );
      return h("li", {}, link);
    };
    this.tabs.replaceChildren(...front.map(tab));
    const rest = all.filter((waId) => !front.includes(waId));
    this.more.hidden = !rest.length;
    this.others.replaceChildren(
      h("option", { value: "" }, `${rest.length} more`),
      ...rest.slice(0, 500).map((waId) => h("option", { value: waId }, `${this.nameOf(waId)} ${phone(waId)}`)),
    );
  }
}

const ARTIST = "447700900999"; // the artist's number of `inkgate demo`: notices to her stand in a chat of her own

function suggested(waId) {
  if (waId === ARTIST) return "The artist";
  const index = Number(waId) - FIRST;
  return Number.isInteger(index) && index >= 0 && index < NAMES.length ? NAMES[index] : `Client ${waId.slice(-4)}`;
}

function names() {
  try {
    return JSON.parse(localStorage.getItem("inkgate-names") ?? "{}");
  } catch {
    return {};
  }
}

export const address = (waId) => `#/client/${encodeURIComponent(waId)}`;

export function go(waId) {
  location.hash = address(waId);
}
