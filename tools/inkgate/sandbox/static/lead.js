// The lead: its status and step, what she answered, and what the operator can do now.

import { h, pounds, took, timeMs, timeShort } from "./format.js";
import { ACTIONS, FLAGS, QUESTIONS, actionsFor, changeText, label, tone } from "./words.js";
import { call, said } from "./api.js";

export class LeadPanel {
  constructor({ body, actions, answers, pick, onPick, onActed }) {
    Object.assign(this, { body, actions, rest: answers, pick, onPick, onActed });
    this.lead = null;
    this.shownActions = "";
  }

  loading() {
    this.lead = null;
    this.shownActions = "";
    this.body.replaceChildren(...[1, 2, 3].map(() => h("div", { class: "bone line" })));
    this.actions.replaceChildren();
    this.rest.replaceChildren();
    this.pick.replaceChildren();
  }

  nobody(name) {
    this.empty(h("p", { class: "empty" }, `${name} is no lead yet. The first message makes one.`), dots({ answers: {} }));
  }

  failed(text, retry) {
    const button = h("button", { type: "button", class: "button small", onclick: retry }, "Try again");
    this.empty(h("div", { class: "notice waiting" }, h("p", {}, text), button));
  }

  empty(...children) {
    this.lead = null;
    this.shownActions = "";
    this.body.replaceChildren(...children);
    this.actions.replaceChildren();
    this.rest.replaceChildren();
    this.pick.replaceChildren();
  }

  show(lead, leads) {
    this.lead = lead;
    this.body.replaceChildren(
      this.head(lead),
      dots(lead),
      ...this.marks(lead),
    );
    this.rest.replaceChildren(
      this.answers(lead),
      h(
        "p",
        { class: "lead-foot muted" },
        `version ${lead.version ?? "–"} · made ${timeShort(lead.created_at)} · `,
        h("a", { href: `/?lead=${encodeURIComponent(lead.id)}` }, "link to this lead"),
      ),
    );
    this.showPick(lead, leads);
    this.showActions(lead);
  }

  head(lead) {
    return h(
      "p",
      { class: "lead-head" },
      h("strong", { class: `status ${tone(lead.status)}`, id: "lead-status" }, lead.status),
      h("span", { class: "lead-step", id: "lead-step" }, lead.step >= 0 ? `step ${lead.step}` : "no step yet"),
      h("span", { class: "muted" }, asks(lead)),
    );
  }

  marks(lead) {
    const rows = [];
    const gate = lead.open_gate;
    if (gate) {
      rows.push(["waiting", `Gate shut since ${timeMs(gate.since)}: ${changeText(gate.change) || "no change waits behind it"}`]);
    }
    for (const flag of lead.flags ?? []) rows.push(["failed", FLAGS[flag] ?? String(flag).replaceAll("_", " ")]);
    if (lead.opted_out) rows.push(["failed", "opted out: nothing is sent until START"]);
    if (lead.handover) rows.push(["waiting", `handed over: ${String(lead.handover.reason ?? "").replaceAll("_", " ")}`]);
    if (lead.mailbox) rows.push(["waiting", `${lead.mailbox} waiting in the mailbox`]);
    if (lead.deposit) rows.push(["open", ...deposit(lead.deposit)]);
    if (lead.slot) rows.push(["open", `slot: ${typeof lead.slot === "string" ? lead.slot : (lead.slot.start ?? lead.slot.text ?? "chosen")}`]);
    if (!rows.length) return [];
    const signs = { waiting: "◐", failed: "✕", open: "✓" };
    return [
      h("ul", { class: "marks" }, rows.map(([kind, ...text]) => h("li", { class: `mark ${kind}` }, h("span", { "aria-hidden": "true" }, signs[kind]), h("span", {}, ...text)))),
    ];
  }

  answers(lead) {
    const given = Object.entries(lead.answers ?? {});
    if (!given.length) return h("p", { class: "empty small" }, "No answers yet.");
    const order = new Map(QUESTIONS.map(([key], index) => [key, index]));
    given.sort((a, b) => (order.get(a[0]) ?? 99) - (order.get(b[0]) ?? 99));
    const row = ([key, text]) => [h("dt", {}, label(key)), h("dd", { title: understood(lead.values?.[key]) }, answerText(text))];
    return h("dl", { class: "answers" }, given.map(row));
  }

  showPick(lead, leads) {
    if ((leads?.length ?? 0) < 2) {
      this.pick.replaceChildren();
      return;
    }
    const select = h(
      "select",
      { class: "field small", "aria-label": "Which enquiry", onchange: (event) => this.onPick(event.target.value) },
      leads.map((each, index) => h("option", { value: each.id, selected: each.id === lead.id }, `enquiry ${index + 1}: ${each.status}`)),
    );
    this.pick.replaceChildren(select);
  }

  showActions(lead) {
    const names = actionsFor(lead).filter((name) => name !== "judge");
    const shown = `${lead.id} ${names.join(" ")}`;
    if (shown === this.shownActions) return;
    this.shownActions = shown;
    if (!names.length) {
      this.actions.replaceChildren();
      return;
    }
    const say = h("p", { class: "act-say", role: "status", hidden: true });
    const form = h("form", { class: "act-form", hidden: true });
    const buttons = names.map((name) => {
      const [text, does] = ACTIONS[name] ?? [name.replaceAll("_", " "), ""];
      const danger = name === "force" || name === "erase" || name === "cancel";
      const click = () => this.begin(name, form, say);
      return h("button", { type: "button", class: `button small${danger ? " danger" : ""}`, title: does, "data-action": name, onclick: click }, text);
    });
    this.actions.replaceChildren(h("h3", { class: "act-title" }, "As the artist you can"), h("div", { class: "acts" }, buttons), form, say);
  }

  begin(name, form, say) {
    const field = ACTIONS[name]?.[2];
    if (!field) {
      form.hidden = true;
      this.act({ action: name }, say);
      return;
    }
    const [key, text, kind, optional] = field;
    const input = h("input", { class: "field", name: key, type: kind ?? "text", required: !optional, "aria-label": text, placeholder: text });
    form.onsubmit = (event) => {
      event.preventDefault();
      const value = kind === "number" ? Number(input.value) : input.value.trim();
      form.hidden = true;
      this.act(value === "" ? { action: name } : { action: name, [key]: value }, say);
    };
    form.replaceChildren(input, h("button", { class: "button primary small", type: "submit" }, ACTIONS[name][0]));
    form.hidden = false;
    input.focus();
  }

  async act(body, say) {
    const begun = performance.now();
    const answer = await call("POST", `/dialogue/api/leads/${encodeURIComponent(this.lead.id)}/actions`, body);
    say.hidden = false;
    say.className = `act-say notice ${answer.ok ? "open" : "failed"}`;
    say.textContent = answer.ok ? `✓ ${body.action}: taken in ${took(performance.now() - begun)}` : `✕ ${said(answer)}`;
    this.onActed();
  }
}

const understood = (value) => (value === undefined || value === null ? undefined : `understood as ${typeof value === "object" ? JSON.stringify(value) : value}`);
const answerText = (value) => (typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : JSON.stringify(value));

function deposit(told) {
  const state = String(told.state ?? told.status ?? "");
  const parts = [`deposit ${pounds(told.amount_pence)} ${state.replaceAll("_", " ")} `];
  if (told.url && !/paid|refunded|expired/.test(state)) parts.push(h("a", { href: told.url, target: "_blank", rel: "noopener" }, "pay page"));
  return parts;
}

// A lead that is not being asked keeps its question: there it goes on, if it does.
const asking = (lead) => Boolean(lead.question) && lead.status === "QUALIFYING";

function asks(lead) {
  if (lead.step < 0) return "before the first question";
  if (asking(lead)) return `asks: ${label(lead.question)}`;
  const all = Object.keys(lead.answers ?? {}).length >= (lead.steps ?? QUESTIONS.length);
  return all || !lead.question ? "all questions asked" : `stopped at: ${label(lead.question)}`;
}

// Thirteen dots: filled when answered, half when it is being asked, hollow and dashed when it waits behind the gate.
function dots(lead) {
  const answers = lead.answers ?? {};
  const target = /step\s+\S+\s*(?:→|->)\s*(\d+)/i.exec(lead.open_gate?.change ?? "")?.[1];
  const total = lead.steps ?? QUESTIONS.length;
  const questions = total === QUESTIONS.length ? QUESTIONS : [...Array(total).keys()].map((n) => [null, `question ${n}`]);
  const rows = questions.map(([key, name], index) => {
    let state = "todo";
    if (String(index) === target) state = "waiting";
    else if (asking(lead) && (key ? lead.question === key : lead.step === index)) state = "now";
    else if (key in answers) state = "done";
    else if (lead.step > index) state = key ? "skipped" : "done";
    const word = { todo: "to come", waiting: "waits behind the gate", now: "being asked", done: "answered", skipped: "skipped" }[state];
    return h("li", { class: `dot ${state}`, title: `${index} ${name}: ${word}` }, h("span", { class: "visually-hidden" }, `${name}: ${word}`));
  });
  return h("div", { class: "steps" }, h("ol", { class: "dots", "aria-label": "Questions" }, rows), h("span", { class: "muted" }, `${Object.keys(answers).length} of ${total} answered`));
}
