// 'Next send': what goes wrong with the next message to this client. Shows what is armed, whoever armed it.

import { h } from "./format.js";
import { call, read, said } from "./api.js";

const CHOICES = [
  ["ok", "ok", null, "The next message is delivered as usual."],
  ["fails", "fails", { code: 131026 }, "Armed: WhatsApp will refuse the next message (131026). Nothing will change."],
  ["hangs", "hangs", { hang: true }, "Armed: the next call never answers and is not delivered. It is uncertain, and is sent again later."],
  ["lost", "answer lost", { drop_response: true }, "Armed: the next message arrives, but the answer to the sender is cut off."],
];

export class Faults {
  constructor({ root, say, name }) {
    Object.assign(this, { root, say, name });
    this.client = null;
    this.loads = 0;
    this.items = [];
    this.inputs = {};
    for (const [id, text, , does] of CHOICES) {
      const input = h("input", { type: "radio", name: "fault", value: id, id: `fault-${id}`, onchange: () => this.choose(id) });
      this.inputs[id] = input;
      root.append(h("div", { class: `segment segment-${id}` }, input, h("label", { for: `fault-${id}`, title: does }, text)));
    }
    this.inputs.ok.checked = true;
  }

  of(client, name) {
    this.client = client;
    this.name.textContent = name;
    this.show(this.items);
  }

  // An answer that was overtaken by a choice or by a newer question says nothing any more.
  async load() {
    const mine = ++this.loads;
    const answer = await read("/sandbox/faults");
    if (answer.ok && mine === this.loads) this.show(answer.data.items);
  }

  show(items) {
    this.items = items;
    if (this.choosing) return;
    const mine = items.filter((fault) => fault.on === "whatsapp" && fault.wa_id === this.client);
    const others = items.length - mine.length;
    const first = mine[0];
    const id = !first ? "ok" : first.hang ? "hangs" : first.drop_response ? "lost" : first.code || first.status ? "fails" : null;
    for (const [name, input] of Object.entries(this.inputs)) input.checked = name === id;
    const own = id ? CHOICES.find((row) => row[0] === id)[3] : `Armed by hand: ${describe(first)}.`;
    const count = mine.length > 1 ? ` (${mine.length} armed)` : first && first.times !== 1 ? ` (${first.times ?? "every"} time${first.times === null ? "" : "s"})` : "";
    this.say.replaceChildren(own + count);
    this.say.dataset.armed = first ? "yes" : "no";
    if (others) {
      const clear = h("button", { type: "button", class: "button small", onclick: () => this.clear() }, "Clear all");
      this.say.append(h("span", { class: "faults-others" }, ` Also armed elsewhere: ${others}. `, clear));
    }
  }

  async choose(id) {
    const fault = CHOICES.find((row) => row[0] === id)[2];
    // What the choice replaces goes first; the buttons do not follow that.
    this.choosing = true;
    this.loads += 1;
    await call("DELETE", `/sandbox/faults?wa_id=${encodeURIComponent(this.client)}`);
    const answer = fault && (await call("POST", "/sandbox/faults", { on: "whatsapp", wa_id: this.client, times: 1, ...fault }));
    this.choosing = false;
    await this.load();
    if (answer && !answer.ok) this.say.replaceChildren(`✕ ${said(answer)}`);
  }

  async clear() {
    await call("DELETE", "/sandbox/faults");
    await this.load();
  }
}

function describe(fault) {
  const { id, on, used, times, wa_id, ...effects } = fault;
  return Object.entries(effects)
    .filter(([, value]) => value)
    .map(([name, value]) => (value === true ? name : `${name} ${value}`))
    .join(", ");
}
