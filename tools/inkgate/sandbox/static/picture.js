// The picture: intake → dialogue → [outbox] → sender → WhatsApp, the way back, and the gate. Geometry and tokens only;
// what happens when is in gate.js. Two drawings, one wide and one tall, so that words stay readable on a phone.

const NS = "http://www.w3.org/2000/svg";
const MOVE_MS = 300;

function s(tag, props = {}, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const NODES = ["intake", "dialogue", "outbox", "sender", "WhatsApp"];

const WIDE = {
  box: [960, 244],
  node: [136, 52],
  at: { intake: [108, 44], dialogue: [300, 44], outbox: [484, 44], sender: [668, 44], WhatsApp: [860, 44] },
  ways: {
    in: "M0 44H40",
    "intake-dialogue": "M176 44H232",
    "dialogue-outbox": "M368 44H416",
    "outbox-sender": "M552 44H600",
    "sender-WhatsApp": "M736 44H792",
  },
  moves: {
    in: "M-20 44H108",
    "intake-dialogue": "M108 44H300",
    "dialogue-outbox": "M300 44H484",
    "outbox-sender": "M484 44H668",
    "sender-WhatsApp": "M668 44H860",
    back: "M860 44V128H300V166",
    fall: "M860 44H484",
  },
  back: "M860 70V128H300",
  chain: "M300 76V162",
  backLabel: [590, 120],
  gate: [300, 196],
  from: [150, 200],
  to: [450, 200],
  pill: [176, 40],
  road: "M238 200H362",
  fromLabel: [150, 238],
};

const TALL = {
  box: [328, 408],
  node: [124, 46],
  at: { intake: [70, 47], dialogue: [70, 125], outbox: [70, 203], sender: [70, 281], WhatsApp: [70, 359] },
  ways: {
    in: "M70 0V24",
    "intake-dialogue": "M70 70V102",
    "dialogue-outbox": "M70 148V180",
    "outbox-sender": "M70 226V258",
    "sender-WhatsApp": "M70 304V336",
  },
  moves: {
    in: "M70 -16V47",
    "intake-dialogue": "M70 47V125",
    "dialogue-outbox": "M70 125V203",
    "outbox-sender": "M70 203V281",
    "sender-WhatsApp": "M70 281V359",
    back: "M70 359H316V148H240V172",
    fall: "M70 359V203",
  },
  back: "M132 359H316V148H240",
  chain: "M140 125H240V176",
  backLabel: [226, 351],
  gate: [240, 206],
  from: [240, 84],
  to: [240, 282],
  pill: [144, 40],
  road: "M240 232V262",
  fromLabel: [240, 56],
};

export class Picture {
  constructor(root) {
    this.root = root;
    this.tokens = new Map();
    this.frame = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.face = { from: "", to: "", state: "idle" };
    this.draw(this.tall());
    new ResizeObserver(() => {
      if (this.tall() !== this.isTall) this.draw(this.tall());
    }).observe(root);
  }

  tall() {
    const width = this.root.clientWidth;
    return width > 0 && width < 620;
  }

  draw(tall) {
    this.isTall = tall;
    const plan = (this.plan = tall ? TALL : WIDE);
    const [width, height] = plan.box;
    this.svg = s("svg", { viewBox: `0 0 ${width} ${height}`, class: tall ? "tall" : "wide", role: "img" });
    this.svg.setAttribute("aria-labelledby", "picture-title");
    const title = s("title", { id: "picture-title" });
    title.textContent =
      "A message goes from intake to dialogue, waits in the outbox, and goes through the sender to WhatsApp. " +
      "Its delivery comes back and opens the gate; only then the lead moves.";
    this.svg.append(title, arrowHead());
    for (const [name, path] of Object.entries(plan.ways)) this.svg.append(s("path", { d: path, class: `way way-${name}` }));
    this.svg.append(s("path", { d: plan.back, class: "way back" }));
    this.svg.append(s("path", { d: plan.chain, class: "way chain" }));
    this.svg.append(words("delivered", ...plan.backLabel, "way-label"));
    this.svg.append(s("path", { d: plan.road, class: "road" }));
    this.nodes = {};
    for (const name of NODES) this.svg.append(this.node(name));
    this.svg.append(this.gate());
    this.layer = s("g", { class: "tokens" });
    this.svg.append(this.layer);
    this.moves = {};
    for (const [name, path] of Object.entries(plan.moves)) {
      const element = s("path", { d: path });
      this.moves[name] = { element, length: element.getTotalLength() };
    }
    this.root.replaceChildren(this.svg);
    for (const token of this.tokens.values()) this.place(token);
    this.show(this.face);
  }

  node(name) {
    const [x, y] = this.plan.at[name];
    const [width, height] = this.plan.node;
    const group = s("g", { class: `node node-${name}`, transform: `translate(${x} ${y})` });
    const box = { x: -width / 2, y: -height / 2, width, height, rx: 8 };
    group.append(s("rect", box));
    if (name === "outbox") {
      const [left, top] = [-width / 2, -height / 2];
      const bracket = (side) => `M${side * (left + 12)} ${top}H${side * left}V${-top}H${side * (left + 12)}`;
      group.append(s("path", { d: bracket(1) + bracket(-1), class: "brackets" }));
    }
    group.append(words(name, 0, 6, "node-label"));
    this.nodes[name] = group;
    return group;
  }

  gate() {
    const [x, y] = this.plan.gate;
    const [width, height] = this.plan.pill;
    const pill = (at, name) => {
      const group = s("g", { class: `pill ${name}`, transform: `translate(${at[0]} ${at[1]})` });
      group.append(s("rect", { x: -width / 2, y: -height / 2, width, height, rx: height / 2 }), words("", 0, 6, "pill-label"));
      return group;
    };
    this.from = pill(this.plan.from, "from");
    this.to = pill(this.plan.to, "to");
    const group = s("g", { class: "gate-all" });
    const house = s("g", { transform: `translate(${x} ${y})`, class: "gate-house" });
    const clip = s("clipPath", { id: "gate-clip" }, s("rect", { x: -22, y: -22, width: 44, height: 52 }));
    const bars = s("path", { d: "M-14 -24V26M0 -24V28M14 -24V26M-20 -10H20M-20 8H20", class: "bars" });
    house.append(clip, s("g", { "clip-path": "url(#gate-clip)" }, bars));
    house.append(s("path", { d: "M-24 30V-14A24 20 0 0 1 24 -14V30", class: "posts" }));
    this.bars = bars;
    this.house = house;
    group.append(this.from, this.to, house);
    return group;
  }

  // Show the gate: from and to are the words on either side; state: idle, waiting, open, failed.
  show(face) {
    this.face = face;
    for (const name of ["idle", "waiting", "open", "failed"]) this.svg.classList.toggle(`gate-${name}`, face.state === name);
    fit(this.from.lastChild, face.from);
    fit(this.to.lastChild, face.to);
  }

  busy(name, on) {
    this.nodes[name]?.classList.toggle("busy", on);
  }

  // A token: an envelope for a message, or a tick. It waits where it was put until it is moved.
  token(id, kind) {
    let token = this.tokens.get(id);
    if (token) return token;
    const shape = s("g", { class: `token ${kind}` });
    shape.append(
      s("rect", { x: -17, y: -12, width: 34, height: 24, rx: 4, class: "envelope" }),
      s("path", { d: "M-16 -10L0 3L16 -10", class: "fold" }),
      s("circle", { r: 14, class: "disc" }),
      s("path", { d: "M-6 0.5L-2 5L7 -5", class: "tick" }),
      s("path", { d: "M-5 -5L5 5M5 -5L-5 5", class: "cross" }),
      s("path", { d: "M-4 -4A4.4 4.4 0 1 1 0.5 1.5V3M0.5 7V7.5", class: "question" }),
    );
    token = { id, shape, move: "in", part: 0, queue: [], started: 0, kind };
    this.tokens.set(id, token);
    this.layer.append(shape);
    this.place(token);
    if (this.tokens.size > 24) this.remove(this.tokens.values().next().value);
    return token;
  }

  kind(token, kind) {
    token.kind = kind;
    token.shape.setAttribute("class", `token ${kind}`);
  }

  at(token, move, part) {
    token.move = move;
    token.part = part;
    this.place(token);
  }

  // Move along one of the plan's ways, after what is queued already; `move` null: only call `done` then.
  move(token, move, done) {
    token.queue.push({ move, done });
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.step(now));
  }

  remove(token) {
    token.shape.remove();
    this.tokens.delete(token.id);
  }

  clear() {
    for (const token of [...this.tokens.values()]) this.remove(token);
  }

  get moving() {
    return [...this.tokens.values()].some((token) => token.queue.length > 0);
  }

  step(now) {
    this.frame = 0;
    let more = false;
    let waiting = 0;
    for (const token of this.tokens.values()) waiting += token.queue.length;
    const hurry = 1 + Math.max(0, waiting - 4) / 4;
    for (const token of [...this.tokens.values()]) {
      const next = token.queue[0];
      if (!next) continue;
      if (next.move === null) {
        token.queue.shift();
        next.done?.();
        more ||= token.queue.length > 0;
        continue;
      }
      if (token.move !== next.move || !token.started) {
        token.move = next.move;
        token.started = now;
      }
      const length = this.moves[next.move].length;
      const duration = (next.move === "back" ? 2 : 1) * (MOVE_MS / hurry) * (length > 300 ? 1.2 : 1);
      const part = this.still.matches || document.hidden ? 1 : Math.min(1, (now - token.started) / duration);
      token.part = part < 0.5 ? 2 * part * part : 1 - (2 - 2 * part) ** 2 / 2;
      this.place(token);
      if (part >= 1) {
        token.queue.shift();
        token.started = 0;
        next.done?.();
      }
      more ||= token.queue.length > 0;
    }
    if (more && !this.frame) this.frame = requestAnimationFrame((time) => this.step(time));
  }

  place(token) {
    const move = this.moves[token.move];
    const point = move.element.getPointAtLength(move.length * token.part);
    token.shape.setAttribute("transform", `translate(${point.x.toFixed(1)} ${point.y.toFixed(1)})`);
  }
}

function words(text, x, y, name) {
  const element = s("text", { x, y, class: name });
  element.textContent = text;
  return element;
}

// Long words (NEEDS_ARTIST_REPLY) are set smaller rather than cut.
function fit(element, text) {
  element.textContent = text;
  element.classList.toggle("long", text.length > 13);
  element.classList.toggle("longer", text.length > 18);
}

function arrowHead() {
  const marker = s("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" });
  marker.append(s("path", { d: "M0 0.5L7.5 4L0 7.5", class: "head" }));
  return s("defs", {}, marker);
}
