// The phone: what the client sees, and what is on its way to her.

import { flash, h, linked, timeShort, timeMs } from "./format.js";

const TICKS = {
  accepted: ["✓", "taken by WhatsApp"],
  sent: ["✓", "sent"],
  delivered: ["✓✓", "delivered"],
  read: ["✓✓", "read"],
  played: ["✓✓", "played"],
  failed: ["✕", "failed later"],
};
const OWN_TICKS = {
  sent: ["◌", "on its way to intake"],
  delivered: ["✓", "taken by intake"],
  read: ["✓✓", "read"],
};
const MEDIA = { image: "picture", video: "video", audio: "voice note", document: "document", sticker: "sticker" };

export class Chat {
  constructor({ list, onTap, onLink }) {
    this.list = list;
    this.onTap = onTap;
    this.onLink = onLink;
    this.rows = new Map();
    this.ghost = null;
    this.typing = null;
    this.stuck = true;
    list.addEventListener("scroll", () => (this.stuck = this.atBottom()));
    new ResizeObserver(() => this.stuck && this.bottom()).observe(list);
  }

  loading() {
    this.clear();
    this.list.append(h("li", { class: "bone left" }), h("li", { class: "bone right" }), h("li", { class: "bone left" }));
  }

  clear() {
    this.rows.clear();
    this.ghost = this.typing = this.empty = null;
    this.list.replaceChildren();
  }

  show(messages, name) {
    this.clear();
    this.list.setAttribute("aria-live", "off");
    for (const message of messages) this.add(message);
    if (!messages.length) this.showEmpty(name);
    this.bottom(true);
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }

  showEmpty(name) {
    this.empty = h(
      "li",
      { class: "chat-empty" },
      h("p", {}, h("strong", {}, `${name} has not written yet.`)),
      h("p", {}, "Write as the client below, and watch the message travel."),
    );
    this.list.append(this.empty);
  }

  add(message) {
    const known = this.rows.get(message.wamid);
    if (known && known.message.direction === message.direction && known.message.at === message.at) {
      this.update(message);
      return;
    }
    this.empty?.remove();
    this.empty = null;
    const stick = this.atBottom();
    const row = this.row(message);
    this.rows.set(message.wamid, { row, message });
    if (message.direction === "out") {
      this.stopTyping();
      if (this.ghost?.text === message.text) this.dropGhost();
    }
    this.list.insertBefore(row, this.ghost?.row ?? this.typing);
    if (stick || message.direction === "in") this.bottom();
  }

  row(message) {
    const mine = message.direction === "in";
    return h(
      "li",
      { class: `bubble ${mine ? "right" : "left"} ${message.kind}`, id: `m-${message.wamid}`, tabindex: "-1" },
      h("span", { class: "visually-hidden" }, mine ? "Client: " : "Studio: "),
      this.media(message),
      message.text ? h("p", { class: "bubble-text" }, linked(message.text)) : null,
      !message.text && !message.media ? h("p", { class: "muted" }, `(${message.kind})`) : null,
      this.buttons(message),
      this.meta(message),
    );
  }

  media(message) {
    const media = message.media;
    if (!media) return null;
    const what = MEDIA[media.kind] ?? media.kind;
    if ((media.kind === "image" || media.kind === "sticker") && media.id) {
      return h("img", { src: `/sandbox/media/${encodeURIComponent(media.id)}`, alt: `A ${what}`, class: "bubble-media" });
    }
    return h("p", { class: "bubble-file" }, `${what}${media.filename ? `: ${media.filename}` : ""}`);
  }

  buttons(message) {
    const tap = (kind, choice) => () => this.onTap(kind, choice);
    if (message.buttons?.length) {
      const row = (each) => h("button", { type: "button", class: "button reply", onclick: tap("button", each) }, each.title);
      return h("div", { class: "replies" }, message.buttons.map(row));
    }
    if (message.list) {
      const row = (each) =>
        h(
          "button",
          { type: "button", class: "button reply", onclick: tap("list", each) },
          h("span", {}, each.title, each.description ? h("small", {}, each.description) : null),
        );
      return h("details", { class: "replies" }, h("summary", { class: "button reply" }, message.list.button), message.list.rows.map(row));
    }
    return null;
  }

  meta(message) {
    const [sign, word] = (message.direction === "in" ? OWN_TICKS : TICKS)[message.status] ?? ["", message.status];
    const time = h("time", { datetime: message.at }, timeShort(message.at));
    const link = (event) => {
      event.preventDefault();
      this.onLink(message);
    };
    const error = message.error ? ` (${message.error.code})` : "";
    return h(
      "p",
      { class: `bubble-meta ${message.status}`, title: message.wamid },
      h("a", { href: "#timeline", class: "bubble-time", title: `${timeMs(message.at)}, in the timeline`, onclick: link }, time),
      ` · ${sign} ${word}${error}`,
    );
  }

  update(message) {
    const known = this.rows.get(message.wamid);
    if (!known) return;
    known.message = { ...known.message, ...message };
    known.row.querySelector(".bubble-meta").replaceWith(this.meta(known.message));
  }

  status(wamid, status, error) {
    this.update({ wamid, status, ...(error ? { error } : {}) });
  }

  // What dialogue wrote and she does not have yet: a hollow bubble, so that one sees it leave.
  pending(intentId, text) {
    this.dropGhost();
    if (!text) return;
    const stick = this.atBottom();
    const row = h(
      "li",
      { class: "bubble left ghost", "aria-hidden": "true" },
      h("p", { class: "bubble-text" }, linked(text)),
      h("p", { class: "bubble-meta" }, "◌ on its way, not on her phone yet"),
    );
    this.ghost = { row, text, intentId };
    this.list.append(row);
    if (stick) this.bottom();
  }

  notDelivered(intentId) {
    if (this.ghost?.intentId !== intentId) return;
    this.ghost.row.classList.add("failed");
    this.ghost.row.removeAttribute("aria-hidden");
    this.ghost.row.querySelector(".bubble-meta").textContent = "✕ not delivered: she never got this";
  }

  dropGhost(intentId) {
    if (!this.ghost || (intentId && this.ghost.intentId !== intentId)) return;
    this.ghost.row.remove();
    this.ghost = null;
  }

  startTyping() {
    this.stopTyping();
    this.typing = h("li", { class: "bubble left typing", "aria-label": "The studio is typing" }, h("i"), h("i"), h("i"));
    this.list.append(this.typing);
    this.bottom();
    this.typingEnds = setTimeout(() => this.stopTyping(), 25_000);
  }

  stopTyping() {
    clearTimeout(this.typingEnds);
    this.typing?.remove();
    this.typing = null;
  }

  atBottom() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
  }

  bottom() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  flash(wamid) {
    return flash(this.rows.get(wamid)?.row);
  }

  byIntent(intentId) {
    for (const { message } of this.rows.values()) {
      if (message.biz_opaque_callback_data?.startsWith(`${intentId}:`)) return message;
    }
    return null;
  }
}

