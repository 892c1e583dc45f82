// What the picture shows when: one token for each message, and the gate that waits for the tick.

import { took } from "./format.js";

const STAGES = ["dialogue-outbox", "outbox-sender", "sender-WhatsApp"];

const ENDS = {
  message_sent: "open",
  message_failed: "failed",
  message_cancelled: "idle",
  applied: "open",
  failed: "failed",
  cancelled: "idle",
  superseded: "idle",
};

export function sides(change) {
  const [left, right] = String(change ?? "").split(/\s*(?:→|->)\s*/);
  if (!right) return [null, change && change !== "none" ? short(change) : "no change"];
  const step = /^step\s+(.+)$/i.exec(left.trim());
  const to = right.split(",")[0].trim();
  return [left.split(",").at(-1).trim(), step && /^-?\d+$/.test(to) ? `step ${to}` : short(to)];
}

const short = (text) => (text.length > 22 ? `${text.slice(0, 21)}…` : text);

export class Gate {
  constructor(picture, words, clock, brief) {
    this.picture = picture;
    this.words = words;
    this.clock = clock;
    this.brief = brief;
    this.reset();
    this.ticker = 0;
  }

  // Start anew for another client (or after a reload): `lead` and its timeline say where things stand.
  reset(lead, items = [], name = "the client") {
    this.name = name;
    this.stands(lead);
    this.intents = new Map();
    this.picture.clear();
    this.state = "idle";
    this.note = "";
    this.since = 0;
    let last = null;
    for (const item of items) {
      if (item.kind === "message_created" && item.gating) last = { item, end: null };
      if (last && item.intent_id === last.item.intent_id) {
        const end = ENDS[item.kind === "gate_closed" ? item.how : item.kind];
        if (end && !(end === "open" && last.end === "failed")) {
          last.at ??= item.at;
          last.end = end;
        }
      }
    }
    const open = lead?.open_gate;
    if (open) {
      this.face(open.change, "waiting", Date.parse(open.since));
      const known = this.intent(open.intent_id);
      known.change = open.change;
      known.createdAt = this.since;
      this.waitsFor = known;
      this.picture.at(known.token, "dialogue-outbox", 1);
      this.say("waiting");
    } else if (last) {
      this.face(last.item.change, last.end ?? "idle");
      this.tookMs = last.at ? Date.parse(last.at) - Date.parse(last.item.at) : null;
      this.say(last.end ?? "idle");
    } else {
      this.show(this.here, "…", "idle");
      this.say("idle");
    }
  }

  // Where the lead stands (null: there is none; undefined: not known yet): the near side of a gate behind which no change waits.
  stands(lead) {
    const asked = lead && lead.status === "QUALIFYING" && lead.step >= 0;
    this.here = lead === undefined ? "…" : asked ? `step ${lead.step}` : (lead?.status ?? "nobody yet");
  }

  show(from, to, state) {
    this.state = state;
    this.picture.show({ from, to, state });
  }

  face(change, state, since = Date.now()) {
    const [from, to] = sides(change);
    this.since = since;
    this.show(from ?? this.here, to, state);
  }

  say(what, more = "") {
    const change = this.picture.face;
    const none = change.to === "no change";
    const after = this.tookMs ? ` after ${took(this.tookMs)}` : "";
    const lines = {
      idle: `Nothing waits. A message from ${this.name} starts a turn.`,
      waiting: `Gate shut: ${none ? "no change waits, only her next message" : `${change.from} → ${change.to}`}. It opens when ✓ comes back.`,
      hung: "No answer from WhatsApp: it may have arrived or not. The gate stays shut.",
      lost: "The answer got lost. WhatsApp has the message; its status will prove it.",
      open: `✓ delivered: the gate opened${after}. ${none ? `Nothing had to change: still ${change.from}.` : `Now: ${change.to}.`}`,
      failed: "✕ not delivered: nothing changed; she can be asked again.",
      reverted: "✕ not delivered after all: the change was taken back.",
      away: "intake has the message; dialogue is not reachable. It is judged when dialogue is back.",
      down: "intake does not take the message; WhatsApp tries again until it does.",
    };
    const text = `${lines[what] ?? ""}${more}`;
    if (this.words.textContent !== text) this.words.textContent = text;
    this.words.parentElement.dataset.state = what;
    const brief = { open: "✓ gate open", idle: "", down: "", away: "", failed: "✕ not delivered", reverted: "↶ taken back" };
    this.brief.textContent = brief[what] ?? "◐ gate shut";
    this.brief.dataset.state = what;
    this.tick();
  }

  // intake has her message and nobody judges it.
  unjudged() {
    this.say("away");
  }

  get shut() {
    return this.state === "waiting";
  }

  tick() {
    cancelAnimationFrame(this.ticker);
    const waits = this.state === "waiting" && !this.waitsFor?.done;
    // The picture is slower than the services: while the tick is still drawn, the wait is over.
    const came = this.state === "waiting" && this.waitsFor?.tookMs ? `✓ came after ${took(this.waitsFor.tookMs)}` : "";
    this.clock.textContent = waits ? `waiting ${(Math.max(0, Date.now() - this.since) / 1000).toFixed(1)} s` : came;
    if (waits && !document.hidden) {
      setTimeout(() => {
        this.ticker = requestAnimationFrame(() => this.tick());
      }, 100);
    }
  }

  intent(id) {
    let known = this.intents.get(id);
    if (!known) {
      const token = this.picture.token(`out:${id}`, "out");
      this.picture.at(token, "dialogue-outbox", 0);
      known = { id, token, stage: 0, change: null, gating: true, done: false };
      this.intents.set(id, known);
      if (this.intents.size > 50) this.intents.delete(this.intents.keys().next().value);
    }
    return known;
  }

  // The client wrote; her message is on the way to intake.
  wrote(message) {
    const token = this.picture.token(`in:${message.wamid}`, "in");
    this.picture.at(token, "in", 0);
    this.picture.move(token, "in", () => this.picture.busy("intake", true));
  }

  // intake answered her message's webhook, or did not.
  acknowledged(wamid, good) {
    const token = this.picture.tokens.get(`in:${wamid}`);
    if (!token) return;
    if (!good) {
      this.say("down");
      return;
    }
    this.picture.move(token, "intake-dialogue", () => {
      this.picture.busy("intake", false);
      this.picture.remove(token);
      this.picture.busy("dialogue", true);
      setTimeout(() => this.picture.busy("dialogue", false), 400);
      if (this.words.parentElement.dataset.state === "down") this.say(this.state);
    });
  }

  // dialogue wrote an answer: it stands in the outbox, and its change stands behind the gate.
  created(item) {
    const known = this.intent(item.intent_id);
    known.gating = item.gating !== false;
    known.change = item.change;
    known.createdAt = Date.parse(item.at);
    const shut = () => {
      if (!known.gating) return;
      this.waitsFor = known;
      this.face(known.change, "waiting", known.createdAt);
      this.say(known.unknown ?? "waiting");
    };
    // In the picture's order, not in time's: mostly the tick has come back before the picture gets here. The sandbox's
    // word of the call may have come before dialogue's of the message: then the message is further on already.
    if (known.stage < 1) this.forward(known, 1, shut);
    else shut();
  }

  forward(known, stage, done) {
    while (known.stage < stage) {
      const move = STAGES[known.stage];
      known.stage += 1;
      const last = known.stage === stage;
      this.picture.move(known.token, move, () => {
        const node = move.split("-")[1];
        this.picture.busy(node, true);
        setTimeout(() => this.picture.busy(node, false), 500);
        if (last) done?.();
      });
    }
  }

  // WhatsApp took the message (the sandbox saw the call). Or the call ended otherwise: refused, hung, dropped.
  called(id, outcome) {
    const known = this.intent(id);
    if (known.done) return;
    known.outcome = outcome;
    this.forward(known, 3, () => {
      if (outcome === "hung" || outcome === "dropped") {
        this.picture.kind(known.token, "unknown");
        known.unknown = outcome === "hung" ? "hung" : "lost";
        if (known.gating && this.waitsFor === known) this.say(known.unknown);
      }
      if (outcome === "refused") this.picture.kind(known.token, "failed");
    });
  }

  // Delivered, as dialogue sees it: the tick goes back and lifts the gate.
  delivered(item) {
    const known = this.intent(item.intent_id);
    if (known.done) return;
    known.done = true;
    known.tookMs = known.createdAt ? Date.parse(item.at) - known.createdAt : null;
    this.forward(known, 3);
    this.picture.move(known.token, null, () => this.picture.kind(known.token, "tick"));
    this.picture.move(known.token, "back", () => {
      this.picture.remove(known.token);
      if (!known.gating) return;
      this.tookMs = known.tookMs;
      this.face(known.change, "open");
      this.say("open");
    });
  }

  // Not delivered: the token falls back, the gate stays shut.
  failed(item) {
    const known = this.intent(item.intent_id);
    if (known.done) return;
    known.done = true;
    this.forward(known, 3);
    this.picture.move(known.token, null, () => this.picture.kind(known.token, "failed"));
    this.picture.move(known.token, "fall", () => {
      setTimeout(() => this.picture.remove(known.token), 900);
      if (!known.gating) return;
      this.face(known.change, "failed");
      this.say("failed");
    });
  }

  // It failed after it was taken: what it had opened is taken back.
  reverted() {
    const { from, to } = this.picture.face;
    this.show(from, to, "failed");
    this.say("reverted");
  }

  cancelled(item) {
    const known = this.intents.get(item.intent_id);
    if (!known || known.done) return;
    known.done = true;
    this.picture.remove(known.token);
    this.face(known.change, "idle");
    this.say("idle");
  }

  // Resolves when the picture has caught up, at the latest after 2.5 s: the lead beside it waits for it.
  async settled() {
    const until = Date.now() + 2500;
    while (this.picture.moving && Date.now() < until && !document.hidden) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
