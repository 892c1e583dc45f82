// The timeline: every message in and out, every change, and the message that opened it.

import { h, timeMs, took, short, pounds } from "./format.js";
import { ENDS, label } from "./words.js";

const CHANGES = new Set(["step_advanced", "status_changed", "change_reverted", "opted_out", "opted_in", "handover_opened", "handover_closed", "restarted", "lead_created"]);

const STARTS = new Set(["action_taken", "timer_fired", "deposit_recorded"]);

const KINDS = {
  message_received: (item) => ["in", "→", `“${short(item.text) || item.media || "(no text)"}”`, verdict(item)],
  message_created: (item) => ["out", "◌", `“${short(item.text)}”`, item.gating === false ? "written; nothing waits for it" : gateWords(item)],
  message_accepted: () => ["fact", "✓", "WhatsApp took it", "the gate waits for more"],
  message_sent: (item) => ["open", "✓", "delivered", basis(item)],
  message_failed: (item) => ["failed", "✕", "not delivered", `${item.title ?? ""}${item.code ? ` (${item.code})` : ""}`],
  message_cancelled: () => ["muted", "–", "called off", "it surely did not go out"],
  message_seen: (item) => ["muted", { failed: "✕", sent: "✓" }[item.status] ?? "✓✓", `WhatsApp says: ${item.status}`, ""],
  step_advanced: (item) => ["change", "●", `step ${item.from ?? "–"} → ${item.to}`, item.key ? label(item.key) : ""],
  status_changed: (item) => ["change", "●", `${item.from} → ${item.to}`, item.reason ?? ""],
  change_reverted: (item) => ["failed", "↶", "change taken back", item.reason ?? ""],
  answer_recorded: (item) => ["fact", "✎", `${label(item.key)}: ${short(item.text, 60)}`, "answer recorded"],
  strike_recorded: (item) => ["fact", "!", `could not read ${label(item.key)}`, `strike ${item.strikes ?? item.count ?? ""}`],
  gate_closed: (item) => [item.how === "applied" ? "open" : item.how === "failed" ? "failed" : "muted", "▥", ENDS[item.how] ?? `gate ${item.how}`, item.reason ?? ""],
  action_taken: (item) => ["fact", "☞", `operator: ${item.action}`, item.by ?? ""],
  action_refused: (item) => ["failed", "☞", `refused: ${item.action}`, item.reason ?? ""],
  deposit_requested: (item) => ["fact", "£", `deposit asked for: ${pounds(item.amount_pence)}`, ""],
  deposit_link_created: () => ["fact", "£", "deposit link made", ""],
  deposit_recorded: (item) => deposit(item),
  deposit_set: (item) => ["fact", "£", `deposit set: ${pounds(item.amount_pence)}`, item.by ?? ""],
  handover_opened: (item) => ["change", "☞", "handed over to the artist", item.reason ?? ""],
  handover_closed: () => ["change", "☞", "back with the assistant", ""],
  opted_out: () => ["change", "■", "opted out", "nothing more is sent"],
  opted_in: () => ["change", "▶", "opted in again", ""],
  lead_created: () => ["change", "★", "new lead", ""],
  restarted: () => ["change", "↺", "restarted", "older answers are history"],
  gate_superseded: () => ["muted", "▥", "a fact overtook the gate", ""],
  cancellation_asked: (item) => ["fact", "–", "called off", words(item.reason)],
  flagged: (item) => [item.on ? "failed" : "muted", "!", item.on ? `flagged: ${words(item.flag)}` : `flag gone: ${words(item.flag)}`, ""],
  marked: (item) => ["fact", "✎", words(item.mark), item.slot ?? ""],
  parked: (item) => ["failed", "‖", item.reason ? `parked: ${words(item.reason)}` : "goes on", ""],
  timer_fired: (item) => ["fact", "◷", `timer: ${words(item.timer ?? item.name)}`, words(item.outcome)],
  note: (item) => ["muted", "·", short(item.text ?? words(item.about)), ""],
};

const words = (text) => String(text ?? "").replaceAll("_", " ");

function deposit(item) {
  const event = item.event ?? "paid";
  const paid = event === "paid";
  const tone = paid ? "open" : /fail|expire|dispute/.test(event) ? "failed" : "fact";
  return [tone, "£", `deposit ${words(event)}: ${pounds(item.amount_pence)}`, paid ? "a fact: it waits for nothing" : ""];
}

const VERDICTS = { judged: "", answer: "", waiting: "waits in the mailbox", duplicate: "a duplicate: ignored", out_of_order: "out of order: kept, not judged" };
const verdict = (item) => VERDICTS[item.verdict] ?? (item.verdict ? String(item.verdict).replaceAll("_", " ") : "");
const gateWords = (item) => (item.change && item.change !== "none" ? `written; gate shut: ${item.change}` : "written; gate shut, no change waits");
const basis = (item) => (item.basis ? `${item.basis === "accepted" ? "accepted by WhatsApp" : `known by ${item.basis}`}` : "");

export class Timeline {
  constructor({ list, scroll, empty, count, onLink }) {
    Object.assign(this, { list, scroll, empty, count, onLink });
    for (const name of ["pointerover", "focusin"]) list.addEventListener(name, (event) => this.showKin(event.target));
    this.stuck = true;
    scroll.addEventListener("scroll", () => (this.stuck = this.atBottom()));
    new ResizeObserver(() => this.stuck && this.bottom()).observe(scroll);
    this.clear();
  }

  clear() {
    this.rows = new Map();
    this.messages = new Map();
    this.received = new Map();
    this.changes = new Map();
    this.starts = new Map();
    this.ends = new Map();
    this.start = null;
    this.list.replaceChildren();
    this.say("");
  }

  say(text, ...more) {
    this.empty.replaceChildren(...(text ? [h("p", { class: "empty" }, text), ...more] : []));
    this.count.textContent = this.rows.size ? `${this.rows.size} events` : "";
  }

  loading() {
    this.clear();
    this.empty.replaceChildren(...[1, 2, 3, 4].map(() => h("div", { class: "bone line" })));
  }

  // started: message id → when the client wrote it, where the sandbox knows.
  show(items, started) {
    this.clear();
    for (const item of items) this.add(item, started, false);
    if (!items.length) this.say("Nothing yet. Each message and each change will stand here, to the millisecond.");
    else this.say("");
    this.bottom();
  }

  add(item, started, follow = true) {
    if (this.rows.has(item.id)) return;
    if (item.kind === "message_received") this.replaceWaiting(item.message_id);
    const stick = follow && this.atBottom();
    const turn = this.clockTurn(item, started);
    const row = this.row(item, turn);
    this.rows.set(item.id, row);
    this.list.append(row);
    if (this.rows.size > 2000) this.forget();
    if (CHANGES.has(item.kind) && item.intent_id) this.linkBack(item);
    if (follow) this.say("");
    if (stick) this.bottom();
  }

  // A message that stood here as waiting in the mailbox, and has its turn now.
  replaceWaiting(messageId) {
    const id = this.received.get(messageId);
    if (!String(id).startsWith("mailbox:")) return;
    this.rows.get(id)?.remove();
    this.rows.delete(id);
  }

  forget() {
    const [id, row] = this.rows.entries().next().value;
    row.remove();
    this.rows.delete(id);
  }

  // A turn begins when the client wrote (or an operator acted) and ends when its gate does.
  clockTurn(item, started) {
    const at = Date.parse(item.at);
    if (item.kind === "message_received") {
      this.received.set(item.message_id, item.id);
      if (item.verdict !== "waiting") this.start = Date.parse(started?.(item.message_id) ?? item.at);
    }
    if (STARTS.has(item.kind) && !item.intent_id) this.start = at;
    if (!item.intent_id) return null;
    if (item.kind === "message_created") {
      this.messages.set(item.intent_id, item);
      this.starts.set(item.intent_id, this.start ?? at);
      this.start = null;
      return null;
    }
    const begun = this.starts.get(item.intent_id);
    if (begun === undefined) return null;
    const gating = this.messages.get(item.intent_id)?.gating !== false;
    const ends = item.kind === "gate_closed" || (!gating && item.kind === "message_sent") || item.kind === "message_failed";
    if (!ends || this.ends.has(item.intent_id)) return null;
    this.ends.set(item.intent_id, at);
    return at - begun;
  }

  row(item, turn) {
    const [tone, sign, text, more] = (KINDS[item.kind] ?? unknown)(item);
    const opener = CHANGES.has(item.kind) && item.intent_id ? this.messages.get(item.intent_id) : null;
    return h(
      "li",
      { class: `event ${tone}`, id: `t-${item.id}`, tabindex: "-1", "data-intent": item.intent_id ?? undefined, title: item.kind },
      h("time", { datetime: item.at }, timeMs(item.at)),
      h("span", { class: "sign", "aria-hidden": "true" }, sign),
      h(
        "div",
        { class: "event-body" },
        h("span", { class: "event-text" }, text),
        more ? h("span", { class: "event-more" }, more) : null,
        item.url ? h("a", { href: item.url, target: "_blank", rel: "noopener" }, "open the link") : null,
        opener ? this.link({ id: opener.id }, `opened by “${short(opener.text, 28)}”`, "↑") : null,
        item.message_id && item.kind === "message_received" ? this.link({ wamid: item.message_id }, "in the chat", "←") : null,
        item.intent_id && item.kind === "message_created" ? this.link({ intent: item.intent_id }, "in the chat", "←") : null,
      ),
      h("span", { class: "turn" }, turn === null ? "" : `turn ${took(turn)}`),
    );
  }

  link(to, text, sign) {
    const click = (event) => {
      event.preventDefault();
      this.onLink(to);
    };
    return h("a", { href: `#t-${to.id ?? to.intent ?? to.wamid}`, class: "event-link", onclick: click }, `${sign} ${text}`);
  }

  // From the message to what it opened: the other half of each link.
  linkBack(item) {
    const opener = this.messages.get(item.intent_id);
    const body = opener && this.rows.get(opener.id)?.querySelector(".event-body");
    if (!body) return;
    const what = item.kind === "step_advanced" ? `step ${item.to}` : (item.to ?? item.kind.replaceAll("_", " "));
    body.append(this.link({ id: item.id }, `opened ${what}`, "↓"));
  }

  flash(id) {
    const row = this.rows.get(String(id)) ?? this.rows.get(id);
    if (!row) return false;
    row.scrollIntoView({ block: "nearest" });
    row.focus({ preventScroll: true });
    row.classList.remove("flash");
    requestAnimationFrame(() => row.classList.add("flash"));
    return true;
  }

  // What belongs to the same message as the row under the pointer.
  showKin(target) {
    const intent = target.closest?.(".event")?.dataset.intent;
    if (intent === this.kin) return;
    this.kin = intent;
    for (const row of this.list.querySelectorAll(".kin")) row.classList.remove("kin");
    if (!intent) return;
    for (const row of this.list.querySelectorAll(`[data-intent="${CSS.escape(intent)}"]`)) row.classList.add("kin");
  }

  // The row of a message, by our intent or by the client's message id.
  rowOf({ intent, wamid }) {
    if (intent) return this.messages.get(intent)?.id;
    return this.received.get(wamid);
  }

  atBottom() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60;
  }

  bottom() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }
}

function unknown(item) {
  const { id, at, lead_id, conversation_id, phone, kind, version, intent_id, ...rest } = item;
  const shown = Object.entries(rest)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  return ["muted", "·", String(kind ?? "event").replaceAll("_", " "), short(shown)];
}
