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

// `lane` is where tokens pass through a node, `label` where its word stands, both from its centre.
const WIDE = {
  box: [960, 250],
  node: [140, 68],
  label: [0, -8, "middle"],
  at: { intake: [110, 40], dialogue: [300, 40], outbox: [485, 40], sender: [670, 40], WhatsApp: [855, 40] },
  ways: {
    in: "M0 55H40",
    "intake-dialogue": "M180 55H230",
    "dialogue-outbox": "M370 55H415",
    "outbox-sender": "M555 55H600",
    "sender-WhatsApp": "M740 55H785",
  },
  moves: {
    in: "M-20 55H110",
    "intake-dialogue": "M110 55H300",
    "dialogue-outbox": "M300 55H485",
    "outbox-sender": "M485 55H670",
    "sender-WhatsApp": "M670 55H855",
    back: "M855 55V132H300V176",
    fall: "M855 55H485",
  },
  back: "M855 74V132H300",
  chain: "M300 78V172",
  backLabel: [500, 124],
  gate: [300, 206],
  from: [130, 210],
  to: [470, 210],
  pill: [200, 44],
  road: "M230 210H370",
};

const TALL = {
  box: [328, 408],
  node: [148, 46],
  label: [-60, 5, "start"],
  at: { intake: [78, 47], dialogue: [78, 125], outbox: [78, 203], sender: [78, 281], WhatsApp: [78, 359] },
  ways: {
    in: "M124 0V24",
    "intake-dialogue": "M124 70V102",
    "dialogue-outbox": "M124 148V180",
    "outbox-sender": "M124 226V258",
    "sender-WhatsApp": "M124 304V336",
  },
  moves: {
    in: "M124 -16V47",
    "intake-dialogue": "M124 47V125",
    "dialogue-outbox": "M124 125V203",
    "outbox-sender": "M124 203V281",
    "sender-WhatsApp": "M124 281V359",
    back: "M124 359H316V206H268",
    fall: "M124 359V203",
  },
  back: "M152 359H316V206H272",
  chain: "M152 125H176V206H212",
  backLabel: [238, 384],
  gate: [240, 206],
  from: [240, 104],
  to: [240, 300],
  pill: [144, 40],
  road: "M240 124V280",
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
    return width > 0 && width < 640;
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
    const [left, top, anchor] = this.plan.label;
    group.append(words(name, left, top, `node-label ${anchor}`));
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
    fit(this.from.lastChild, face.from, this.plan.pill[0], this.isTall ? 15 : 18);
    fit(this.to.lastChild, face.to, this.plan.pill[0], this.isTall ? 15 : 18);
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
function fit(element, text, width, size) {
  element.textContent = text;
  const capital = text === text.toUpperCase() ? 0.7 : 0.62;
  element.style.fontSize = `${Math.min(size, (width - 24) / (Math.max(1, text.length) * capital)).toFixed(1)}px`;
}

function arrowHead() {
  const marker = s("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" });
  marker.append(s("path", { d: "M0 0.5L7.5 4L0 7.5", class: "head" }));
  return s("defs", {}, marker);
}
