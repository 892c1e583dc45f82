// The sandbox page: joins the phone, the picture, the lead and the timeline, and keeps them live.

import { call, Live, read, said } from "./api.js";
import { Chat } from "./chat.js";
import { address, Clients } from "./clients.js";
import { Faults } from "./faults.js";
import { h, phone } from "./format.js";
import { Gate } from "./gate.js";
import { LeadPanel } from "./lead.js";
import { Picture } from "./picture.js";
import { Timeline } from "./timeline.js";
import { tries } from "./words.js";

const $ = (id) => document.getElementById(id);
const WAITING_SEEN_MS = 250; // from intake's answer to the message standing in dialogue's mailbox

const page = {
  client: null,
  lead: null,
  leads: [],
  wanted: null, // a lead asked for by address
  load: 0, // counts loads, so that a late answer for another client is dropped
  sandboxUp: null, // null: not known yet
  dialogueUp: null,
  drafts: new Map(),
  opened: null, // a promise: some client is open
  held: [], // events that came while the client was being loaded; null when it is loaded
};

let isOpen;
page.opened = new Promise((resolve) => (isOpen = resolve));

const chat = new Chat({ list: $("chat"), onTap: (kind, choice) => send({ [kind]: choice }), onLink: showInTimeline });
const gate = new Gate(new Picture($("gate-picture")), $("gate-words"), $("gate-clock"), $("phone-gate"));
const timeline = new Timeline({
  list: $("timeline"),
  scroll: $("timeline-scroll"),
  empty: $("timeline-empty"),
  count: $("timeline-count"),
  onLink: ({ id, wamid, intent }) => {
    if (id) timeline.flash(id);
    else chat.flash(wamid ?? chat.byIntent(intent)?.wamid);
  },
});
const faults = new Faults({ root: $("faults"), say: $("faults-say"), name: $("faults-name") });
const leadPanel = new LeadPanel({
  body: $("lead-body"),
  actions: $("lead-actions"),
  answers: $("lead-answers"),
  pick: $("lead-pick"),
  onPick: (id) => {
    page.wanted = id;
    loadLead(page.load);
  },
  onActed: () => refreshLead(),
});
const clients = new Clients({
  tabs: $("tabs"),
  more: $("more"),
  others: $("others"),
  add: $("add-client"),
  form: $("new-client"),
  name: $("new-name"),
  number: $("new-number"),
  cancel: $("new-cancel"),
});

function showInTimeline(message) {
  const intent = message.direction === "out" ? intentOf(message.biz_opaque_callback_data) : null;
  timeline.flash(timeline.rowOf({ intent, wamid: message.wamid }));
}

// Which client: from the address, else the newest, else a new one.

async function route() {
  if (page.client && location.hash && !location.hash.startsWith("#/")) {
    // A place on this page (the skip link), not another client.
    history.replaceState(null, "", `/${address(page.client)}`);
    return;
  }
  const hash = /^#\/client\/([^?]+)(?:\?lead=(.+))?$/.exec(location.hash);
  const wanted = hash?.[2] ?? (hash ? null : new URLSearchParams(location.search).get("lead"));
  if (hash) {
    page.wanted = wanted ? decodeURIComponent(wanted) : null;
    open(decodeURIComponent(hash[1]));
    return;
  }
  if (wanted) {
    const answer = await read(`/dialogue/api/leads/${encodeURIComponent(wanted)}`);
    if (answer.ok && answer.data?.phone) {
      history.replaceState(null, "", `/${address(answer.data.phone)}?lead=${encodeURIComponent(wanted)}`);
      route();
      return;
    }
    showError(`There is no lead ${wanted} (${said(answer)}).`);
  }
  const first = clients.known.keys().next().value ?? clients.free();
  history.replaceState(null, "", `/${address(first)}`);
  open(first);
}

async function loadClients() {
  const answer = await read("/sandbox/clients");
  if (answer.ok) clients.set(answer.data.items);
}

function open(client) {
  if (page.client) page.drafts.set(page.client, $("write").value);
  const draft = page.client ? page.drafts.get(client) : $("write").value;
  page.client = client;
  page.lead = null;
  page.leads = [];
  clients.open(client);
  const name = clients.nameOf(client);
  $("phone-name").textContent = name;
  $("phone-number").textContent = phone(client);
  $("phone-face").textContent = name.slice(0, 1).toUpperCase();
  $("write").placeholder = `Write as ${name}`;
  $("write").value = draft ?? "";
  document.title = `${name} · Inkgate sandbox`;
  showError("");
  faults.of(client, name);
  chat.loading();
  leadPanel.loading();
  timeline.loading();
  gate.reset(undefined, [], name);
  isOpen();
  load();
}

// Everything about the open client, anew: at first, after a connection was lost, and for another client.
async function load() {
  const mine = ++page.load;
  page.held = [];
  const chats = await read(`/sandbox/clients/${encodeURIComponent(page.client)}/messages`);
  if (mine !== page.load) return;
  if (chats.ok) chat.show(chats.data.items, clients.nameOf(page.client));
  else showError(`The chat could not be read: ${said(chats)}.`);
  // After the chat: a turn's time begins when the client wrote, and the chat knows when.
  page.items = [];
  await loadLead(mine);
  if (mine !== page.load) return;
  restoreGhost();
  const held = page.held ?? [];
  page.held = null;
  for (const [handle, data] of held) handle(data);
}

async function loadLead(mine) {
  const found = await read(`/dialogue/api/leads?phone=${encodeURIComponent(page.client)}`);
  if (mine !== page.load) return;
  if (!found.ok) {
    const text = "Dialogue does not answer. The phone works all the same: what you write waits until the services run.";
    leadPanel.failed(text, () => load());
    timeline.clear();
    timeline.say("No timeline without dialogue.");
    showTries();
    return;
  }
  page.leads = [...(found.data.items ?? [])].sort((a, b) => String(a.created_at).localeCompare(String(b.created_at)));
  const chosen = page.leads.find((each) => each.id === page.wanted) ?? page.leads.at(-1);
  if (!chosen) {
    page.lead = null;
    leadPanel.nobody(clients.nameOf(page.client));
    timeline.show([]);
    gate.reset(null, [], clients.nameOf(page.client));
    showTries();
    return;
  }
  const [whole, items] = await Promise.all([readLead(chosen.id), readTimeline(chosen.id)]);
  if (mine !== page.load) return;
  page.lead = whole ?? chosen;
  leadPanel.show(page.lead, page.leads);
  timeline.show(items, wroteAt);
  page.items = items;
  gate.reset(page.lead, items, clients.nameOf(page.client));
  showTries();
}

async function readLead(id) {
  const answer = await read(`/dialogue/api/leads/${encodeURIComponent(id)}`);
  return answer.ok ? answer.data : null;
}

async function readTimeline(id) {
  const items = [];
  let cursor = null;
  do {
    const more = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
    const answer = await read(`/dialogue/api/leads/${encodeURIComponent(id)}/timeline${more}`);
    if (!answer.ok) break;
    items.push(...answer.data.items);
    cursor = answer.data.next_cursor;
  } while (cursor && items.length < 5000);
  return items;
}

// A message of ours that she does not have: seen again after a reload.
function restoreGhost() {
  const created = (page.items ?? []).filter((item) => item.kind === "message_created").at(-1);
  if (!created || chat.byIntent(created.intent_id)) return;
  const ended = (page.items ?? []).filter((item) => item.intent_id === created.intent_id && item !== created);
  if (ended.some((item) => item.kind === "message_sent" || item.kind === "message_cancelled")) return;
  chat.pending(created.intent_id, created.text);
  if (ended.some((item) => item.kind === "message_failed")) chat.notDelivered(created.intent_id);
}

const wroteAt = (wamid) => chat.rows.get(wamid)?.message.at;

// The lead beside the picture moves when the picture has: dialogue's newest word, read after a moment's rest.
let refreshing = null;
let again = false;

async function refreshLead() {
  if (refreshing) {
    again = true;
    return;
  }
  const mine = page.load;
  refreshing = (async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    await gate.settled();
    const answer = await read(`/dialogue/api/leads?phone=${encodeURIComponent(page.client)}`);
    if (mine !== page.load || !answer.ok) return;
    const leads = [...(answer.data.items ?? [])].sort((a, b) => String(a.created_at).localeCompare(String(b.created_at)));
    const isNew = leads.length !== page.leads.length && page.leads.length > 0;
    page.leads = leads;
    if (isNew) page.wanted = null;
    const chosen = leads.find((each) => each.id === page.wanted) ?? leads.at(-1);
    if (!chosen) return;
    const whole = "answers" in chosen && "open_gate" in chosen ? chosen : await readLead(chosen.id);
    if (mine !== page.load || !whole) return;
    page.lead = whole;
    gate.stands(whole);
    leadPanel.show(whole, leads);
    showTries();
  })();
  await refreshing;
  refreshing = null;
  if (again) {
    again = false;
    refreshLead();
  }
}

// Sending as the client.

async function send(body) {
  await page.opened;
  const client = page.client;
  const answer = await call("POST", `/sandbox/clients/${encodeURIComponent(client)}/messages`, {
    ...body,
    profile_name: clients.nameOf(client),
  });
  showError(answer.ok ? "" : `Not sent: ${said(answer)}`);
  if (answer.ok && !page.sandboxUp) load();
  return answer.ok;
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("write").value;
  if (!text.trim()) return;
  $("write").value = "";
  if (!(await send({ text }))) $("write").value ||= text;
});

$("picture").addEventListener("change", async () => {
  const file = $("picture").files[0];
  if (!file) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  $("picture").value = "";
  if (bytes.length > 4_000_000) {
    showError("Not sent: the picture is larger than 4 MB.");
    return;
  }
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  const caption = $("write").value.trim();
  $("write").value = "";
  send({ media: { kind: "image", mime_type: file.type || "image/png", data: btoa(binary), ...(caption ? { caption } : {}) } });
});

function showTries() {
  const button = (text) => h("button", { type: "button", class: "try", onclick: () => send({ text }) }, text);
  $("tries").replaceChildren(h("span", { class: "muted small" }, "try"), ...tries(page.lead).map(button));
}

function showError(text) {
  $("send-error").hidden = !text;
  $("send-error").textContent = text;
}

// What happens, live.

const later = (handle) => (data) => {
  if (page.held) page.held.push([handle, data]);
  else handle(data);
};
const ours = (data) => data.wa_id === page.client;
const intentOf = (tracker) => (tracker ? tracker.replace(/:\d+$/, "") : null);

function onChat(data) {
  clients.touch(data.wa_id, data.name);
  if (!ours(data)) return;
  chat.add(data.message);
  if (data.message.direction === "in") gate.wrote(data.message);
  else gate.called(intentOf(data.message.biz_opaque_callback_data) ?? data.message.wamid, "accepted");
}

function onWebhook(data) {
  if (!ours(data) || data.what !== "message") return;
  gate.acknowledged(data.wamid, data.http_status === 200);
  if (data.http_status !== 200) return;
  chat.status(data.wamid, "delivered");
  if (page.dialogueUp === false) gate.unjudged();
  else if (gate.shut) setTimeout(showWaiting, WAITING_SEEN_MS);
}

// What waits in the mailbox is no event yet: behind a shut gate it has to be asked for.
async function showWaiting() {
  const [mine, lead] = [page.load, page.lead];
  if (!lead) return;
  const answer = await read(`/dialogue/api/leads/${encodeURIComponent(lead.id)}/timeline?cursor=${timeline.newest}`);
  const waiting = (answer.data?.items ?? []).filter((item) => item.verdict === "waiting");
  if (mine !== page.load || !answer.ok || !waiting.length) return;
  for (const item of waiting) timeline.add(item, wroteAt);
  refreshLead();
}

function onCall(data) {
  if (ours(data)) gate.called(intentOf(data.biz_opaque_callback_data) ?? data.wamid ?? "?", data.outcome);
}

const HANDLERS = {
  message_created: (item) => {
    chat.stopTyping();
    if (!chat.byIntent(item.intent_id)) chat.pending(item.intent_id, item.text);
    gate.created(item);
  },
  message_sent: (item) => {
    chat.dropGhost(item.intent_id);
    gate.delivered(item);
  },
  message_failed: (item) => {
    chat.notDelivered(item.intent_id);
    gate.failed(item);
  },
  change_reverted: () => gate.reverted(),
  gate_closed: (item) => {
    if (item.how === "applied") gate.delivered(item);
    else if (item.how === "failed") gate.failed(item);
    else gate.cancelled(item);
  },
  message_cancelled: (item) => {
    chat.dropGhost(item.intent_id);
    gate.cancelled(item);
  },
};

// How a message ended is told when the picture has come to it: first the tick, then the gate, then the step. Where much
// comes at once, nothing is held back.
const AFTER_PICTURE = new Set(["message_accepted", "message_sent", "message_failed", "gate_closed", "step_advanced", "status_changed"]);
const HELD_MAX = 12;
const untold = [];
let telling = false;

async function tell(item) {
  untold.push([page.load, item]);
  if (telling) return;
  telling = true;
  // The handlers of this very event start the picture; it is asked only after them.
  await Promise.resolve();
  while (untold.length) {
    if (untold.length <= HELD_MAX && AFTER_PICTURE.has(untold[0][1].kind)) await gate.settled();
    const [load, next] = untold.shift();
    if (load === page.load) timeline.add(next, wroteAt);
  }
  telling = false;
}

function onTimeline(item) {
  if (item.phone !== page.client) return;
  const other = page.lead && item.lead_id && item.lead_id !== page.lead.id;
  if (!other || page.wanted === null) tell(item);
  if (item.intent_id) HANDLERS[item.kind]?.(item);
  refreshLead();
}

function showLinks() {
  const state = (name, up, lost) => {
    const [kind, text] = up ? ["up", "live"] : up === null ? ["unknown", "connecting…"] : ["down", lost];
    return h("span", { class: `link ${kind}` }, h("span", { "aria-hidden": "true" }, up ? "●" : "○"), ` ${name} ${text}`);
  };
  $("links").replaceChildren(state("sandbox", page.sandboxUp, "reconnecting…"), state("dialogue", page.dialogueUp, "not reachable"));
  document.body.classList.toggle("disconnected", page.sandboxUp === false);
  $("offline").hidden = page.sandboxUp !== false;
}

// Listens before it reads, so that nothing falls between; reads anew whenever a stream comes back.
async function start() {
  showTries();
  showLinks();
  let ready = false;
  const stream = (name, path, events) =>
    new Promise((resolve) => {
      const state = (up) => {
        page[name] = up;
        showLinks();
        resolve();
        if (!up || !ready) return;
        showError("");
        loadClients();
        faults.load();
        load();
      };
      new Live(path, { events, state });
    });
  const sandbox = stream("sandboxUp", "/sandbox/events", {
    chat: later(onChat),
    status: later((data) => ours(data) && chat.status(data.wamid, data.shown, data.error)),
    typing: later((data) => ours(data) && chat.startTyping()),
    webhook: later(onWebhook),
    call: later(onCall),
    fault: () => faults.load(),
    faults: () => faults.load(),
    checkout: later(() => refreshLead()),
  });
  const dialogue = stream("dialogueUp", "/dialogue/api/events", { timeline: later(onTimeline) });
  await Promise.race([Promise.all([sandbox, dialogue]), new Promise((resolve) => setTimeout(resolve, 1500))]);
  await loadClients();
  ready = true;
  await route();
  window.addEventListener("hashchange", route);
  faults.load();
}

start();
