// The timeline: every message in and out, every change, and the message that opened it; a turn stands together.

import { flash, h, timeMs, took, short, pounds } from "./format.js";
import { ENDS, changeText, label } from "./words.js";

const CHANGES = new Set(["step_advanced", "status_changed", "change_reverted", "opted_out", "opted_in", "handover_opened", "handover_closed", "restarted", "lead_created"]);

const STARTS = new Set(["action_taken", "timer_fired", "deposit_recorded"]);

// What WhatsApp said of a message: one tick on its row. Later words win; `failed` after a tick is a late failure.
const SEEN = { sent: ["✓", 1], delivered: ["✓✓", 2], read: ["✓✓", 3], played: ["✓✓", 4], failed: ["✕", 5] };

const KINDS = {
  message_received: (item) => ["in", "→", `“${short(item.text) || item.media || "(no text)"}”`, verdict(item)],
  message_created: (item) => ["out", "◌", `“${short(item.text)}”`, item.gating === false ? SORTS[item.sort] ?? "nothing waits for it" : gateWords(item)],
  message_accepted: () => ["fact", "✓", "WhatsApp took it", "the gate waits for the delivery"],
  message_sent: (item) => ["open", "✓", "delivered", basis(item)],
  message_failed: (item) => ["failed", "✕", "not delivered", `${item.title ?? ""}${item.code ? ` (${item.code})` : ""}`],
  message_cancelled: () => ["muted", "–", "called off", "it surely did not go out"],
  message_seen: (item) => ["muted", { failed: "✕", sent: "✓" }[item.status] ?? "✓✓", `WhatsApp says: ${item.status}`, ""],
  step_advanced: (item) => ["change", "●", item.from >= 0 ? `step ${item.from} → ${item.to}` : `step ${item.to}`, item.key ? `asks: ${label(item.key)}` : ""],
  status_changed: (item) => ["change", "●", `${item.from} → ${item.to}`, item.intent_id ? "" : `a fact (${words(item.reason)}): it waits for nothing`],
  change_reverted: (item) => ["failed", "↶", "change taken back", item.reason ?? ""],
  answer_recorded: (item) => ["fact", "✎", `${label(item.key)}: ${short(item.text, 60)}`, item.correction ? "answer corrected" : "answer recorded"],
  strike_recorded: (item) => ["fact", "!", `could not be read as ${label(item.key)}`, `strike ${item.strikes ?? item.count ?? ""} of 3`],
  gate_closed: (item, before) => closed(item, before),
  action_taken: (item) => ["act", "☞", `operator: ${words(item.action)}`, item.by && item.by !== "api" ? item.by : ""],
  action_refused: (item) => ["failed", "☞", `refused: ${item.action}`, item.reason ?? ""],
  deposit_requested: (item) => ["fact", "£", `deposit asked for: ${pounds(item.amount_pence)}`, ""],
  deposit_link_created: () => ["fact", "£", "deposit link made", ""],
  deposit_recorded: (item) => deposit(item),
  deposit_set: (item) => ["fact", "£", `deposit set: ${pounds(item.amount_pence)}`, item.by ?? ""],
  handover_opened: (item) => ["change", "☞", "handed over to the artist", words(item.reason)],
  handover_closed: () => ["change", "☞", "back with the assistant", ""],
  opted_out: () => ["change", "■", "opted out", "nothing more is sent"],
  opted_in: () => ["change", "▶", "opted in again", ""],
  lead_created: () => ["change", "★", "new lead", ""],
  restarted: () => ["change", "↺", "restarted", "older answers are history"],
  gate_superseded: () => ["muted", "▥", "a fact overtook the gate", ""],
  cancellation_asked: (item) => ["fact", "–", "called off", words(item.reason)],
  flagged: (item) => [item.on ? "failed" : "muted", "!", item.on ? `flagged: ${words(item.flag)}` : `flag cleared: ${words(item.flag)}`, ""],
  retry_forgotten: () => ["muted", "–", "will not be sent again", "something else took its place"],
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

const VERDICTS = {
  judged: "",
  answer: "",
  answered: "",
  first: "her first message",
  added: "belongs to her last answer",
  opted_out: "she opted out: kept, not answered",
  written_before_question: "written before the question reached her: kept, not judged",
  waiting: "waits in the mailbox until the gate is open",
  duplicate: "a duplicate: ignored",
  out_of_order: "out of order: kept, not judged",
  before_stop: "written before STOP: kept, not answered",
};
const SORTS = { note: "nothing waits for it", notice: "to the artist", reminder: "a reminder" };
const verdict = (item) => VERDICTS[String(item.verdict).replaceAll(" ", "_")] ?? (item.verdict ? String(item.verdict).replaceAll("_", " ") : "");
const gateWords = (item) => (item.change && item.change !== "none" ? `waits for it: ${changeText(item.change)}` : "no change waits for it, only her next message");
const basis = (item) => ({ undefined: "", accepted: "WhatsApp took it", force: "forced by the operator" })[item.basis] ?? `known by ${words(item.basis)}`;

// How a gate ended, in one row with how its message ended.
function closed(item, before) {
  if (item.how === "applied" && before) return ["open", "✓", "delivered: the gate opened", basis(before)];
  if (item.how === "failed" && before) return ["failed", "✕", "not delivered: the gate stays shut", `nothing changed · ${before.title ?? ""} (${before.code})`];
  const tone = { applied: "open", failed: "failed" }[item.how] ?? "muted";
  return [tone, "▥", ENDS[item.how] ?? `gate ${item.how}`, [basis(item), words(item.reason)].filter(Boolean).join(" · ")];
}

const OUTCOMES = new Set(["message_accepted", "message_sent", "message_failed", "gate_closed"]);
const timeOf = (row) => row.querySelector("time").getAttribute("datetime");
// A link that was made belongs to the turn that asked for it.
const goesOn = (item) => item.event === "link_created" || item.event === "requested";

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
    this.outcomes = new Map(); // intent → its newest outcome, as an item
    this.starts = new Map();
    this.ends = new Map();
    this.turns = new Map();
    this.start = null;
    this.newest = 0; // the position up to which dialogue's items stand here
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
    const waits = String(item.id).startsWith("mailbox:");
    if (waits && this.received.has(item.message_id)) return;
    if (!waits) this.newest = Math.max(this.newest, Number(item.id) || 0);
    if (item.kind === "message_received") this.replaceWaiting(item.message_id);
    const stick = follow && this.atBottom();
    const turn = this.clockTurn(item, started);
    if (!this.fold(item, turn)) this.place(item, this.row(item, turn));
    if (OUTCOMES.has(item.kind)) this.outcomes.set(item.intent_id, item);
    if (this.rows.size > 2000) this.forget();
    if (CHANGES.has(item.kind) && item.intent_id) this.linkBack(item);
    if (follow) this.say("");
    if (stick) this.bottom();
  }

  place(item, row) {
    this.rows.set(item.id, row);
    // The operator's act is written down after what it did, in the same instant, and is read before it.
    let next = null;
    for (let last = this.list.lastElementChild; item.kind === "action_taken" && last && timeOf(last) === item.at; last = last.previousElementSibling) {
      last.classList.remove("begins");
      next = last;
    }
    this.list.insertBefore(row, next);
  }

  // What says more of a row that stands here already goes into it: ticks, how the gate ended, the flag of a failure.
  fold(item, turn) {
    if (item.kind === "message_seen") return this.see(item);
    const before = this.outcomes.get(item.intent_id);
    if (item.kind === "flagged" && item.on && item.flag === "send_failed") {
      const failed = [...this.outcomes.values()].at(-1);
      if (failed?.how !== "failed" && failed?.kind !== "message_failed") return false;
      this.rows.set(item.id, this.rows.get(failed.id));
      return true;
    }
    const pair = `${before?.kind} ${item.how ?? item.kind}`;
    if (!before || !["message_accepted message_sent", "message_sent applied", "message_failed failed"].includes(pair)) return false;
    const old = this.rows.get(before.id);
    const row = this.row(item, turn ?? this.turns.get(item.intent_id) ?? null, item.kind === "gate_closed" ? before : null);
    old?.replaceWith(row);
    for (const id of [before.id, item.id]) this.rows.set(id, row);
    return true;
  }

  see(item) {
    const message = this.messages.get(item.intent_id);
    const row = message && this.rows.get(message.id);
    const [sign, rank] = SEEN[item.status] ?? [];
    if (!row || !sign) return false;
    this.rows.set(item.id, row);
    if (rank <= Number(row.dataset.rank ?? 0)) return true;
    row.dataset.rank = rank;
    row.querySelector(".sign").textContent = sign;
    const seen = row.querySelector(".event-seen");
    seen.textContent = item.status === "failed" ? "failed later" : item.status;
    seen.title = `WhatsApp said so at ${timeMs(item.at)}`;
    return true;
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
    if (STARTS.has(item.kind) && !item.intent_id && !goesOn(item)) this.start = at;
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
    this.turns.set(item.intent_id, at - begun);
    return at - begun;
  }

  // Whether a turn begins with this row: somebody wrote or acted, or money or time did.
  begins(item) {
    if (item.kind === "message_received" || item.kind === "action_taken") return true;
    if (goesOn(item) || !(STARTS.has(item.kind) || item.kind === "message_created")) return false;
    const last = this.list.lastElementChild;
    return !last || timeOf(last) !== item.at;
  }

  row(item, turn, before = null) {
    const [tone, sign, text, more] = (KINDS[item.kind] ?? unknown)(item, before);
    const opener = CHANGES.has(item.kind) && item.intent_id ? this.messages.get(item.intent_id) : null;
    return h(
      "li",
      { class: `event ${tone}${this.begins(item) ? " begins" : ""}`, id: `t-${item.id}`, tabindex: "-1", "data-intent": item.intent_id ?? undefined, title: item.kind },
      h("time", { datetime: item.at }, timeMs(item.at)),
      h("span", { class: "sign", "aria-hidden": "true" }, sign),
      h(
        "div",
        { class: "event-body" },
        h("span", { class: "event-text" }, text),
        more ? h("span", { class: "event-more" }, more) : null,
        item.kind === "message_created" ? h("span", { class: "event-seen" }) : null,
        item.url && item.event === "link_created" ? h("a", { href: item.url, target: "_blank", rel: "noopener" }, "open the link") : null,
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
    return flash(this.rows.get(String(id)) ?? this.rows.get(id));
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
