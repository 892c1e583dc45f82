// What things are called on the page.

export const QUESTIONS = [
  ["idea", "idea", "A small fox curled up in ferns, with a bit of colour"],
  ["placement", "placement", "left forearm"],
  ["dimensions", "size", "8x12cm"],
  ["style", "style", "fine line"],
  ["complexity", "detail", "2"],
  ["coverup", "cover-up", "no"],
  ["reference_images", "pictures", "no"],
  ["budget", "budget", "£450"],
  ["location_city", "city", "London"],
  ["location_country", "country", "United Kingdom"],
  ["instagram_handle", "Instagram", "@ana.inkgate"],
  ["travel_city", "travels to", "same"],
  ["timing", "when", "in the next 2-4 weeks"],
];

export const label = (key) => QUESTIONS.find((row) => row[0] === key)?.[1] ?? String(key ?? "").replaceAll("_", " ");

// What a client might say now: makes the first walk through one tap a turn.
export function tries(lead) {
  if (!lead) return ["Hi, I'd like a tattoo"];
  const key = lead.question;
  const status = lead.status;
  if (lead.opted_out || status === "OPTOUT") return ["START"];
  if (status === "NEEDS_ARTIST_REPLY" || lead.handover) return ["CONTINUE"];
  if (status === "NEW") return ["Hi, I'd like a tattoo"];
  if (status === "QUALIFYING" && key) {
    const good = QUESTIONS.find((row) => row[0] === key)?.[2];
    return [...(good ? [good] : []), "banana", "STOP"];
  }
  return ["Any news?", "STOP"];
}

// 'step -1' stands for 'before the first question': nobody needs to read that.
export const changeText = (change) => String(change ?? "").replace(/step -1 (?:→|->) /, "step ");

const WAITS = new Set(["PENDING_APPROVAL", "AWAITING_DEPOSIT", "BOOKING_PENDING", "COLLECTING_TIME_WINDOWS", "WAITLISTED"]);
const DONE = new Set(["BOOKED", "COMPLETED", "DEPOSIT_PAID"]);
const ENDED = new Set(["REJECTED", "REFUNDED", "CANCELLED", "NO_SHOW", "OPTOUT", "ABANDONED", "STALE", "DEPOSIT_EXPIRED"]);

export function tone(status) {
  if (DONE.has(status)) return "open";
  if (WAITS.has(status)) return "waiting";
  if (ENDED.has(status)) return "ended";
  if (String(status).startsWith("NEEDS_")) return "waiting";
  return "accent";
}

// action → [label, what it does, field it needs]
export const ACTIONS = {
  resend: ["Send again", "sends the message that did not arrive"],
  approve: ["Approve", "sends the deposit link; then AWAITING_DEPOSIT"],
  reject: ["Reject", "sends a kind no; then REJECTED", ["reason", "Reason, for the record"]],
  ask: ["Ask her", "sends what you write, by hand", ["text", "Your question to her"]],
  resume: ["Resume", "gives the chat back to the assistant"],
  send_deposit: ["Send deposit link", "makes a link and sends it"],
  change_deposit: ["Change deposit", "before the link is made", ["amount_pence", "Amount in pence, such as 20000", "number"]],
  offer_slots: ["Offer times", "sends the free times"],
  book: ["Book", "confirms the booking; then BOOKED", ["slot", "Time, such as Tue 1 Dec, 10:00"]],
  force: ["Force the change", "moves the lead without a delivery; it is recorded"],
  judge: ["Judge late message", "takes up a message that came out of order"],
  release: ["Release", "lets a parked conversation go on"],
  follow_up: ["Follow up", "says that you come back to her; then NEEDS_FOLLOW_UP"],
  settle: ["Dispute settled", "the bank has decided; the booking goes on"],
  complete: ["Completed", "the appointment took place"],
  no_show: ["No show", "she did not come"],
  cancel: ["Cancel", "sends a note; then CANCELLED"],
  refund: ["Refund", "pays the deposit back"],
  close: ["Close", "puts the enquiry away, with a word; then ABANDONED"],
  erase: ["Erase her data", "cannot be undone"],
};

const BY_STATUS = {
  PENDING_APPROVAL: ["approve", "reject", "ask"],
  AWAITING_DEPOSIT: ["send_deposit", "reject"],
  DEPOSIT_EXPIRED: ["send_deposit", "reject"],
  DEPOSIT_PAID: ["offer_slots", "refund", "cancel"],
  BOOKING_PENDING: ["book", "offer_slots", "refund", "cancel"],
  COLLECTING_TIME_WINDOWS: ["book", "offer_slots", "cancel"],
  NEEDS_ARTIST_REPLY: ["ask", "resume", "send_deposit", "reject"],
  NEEDS_FOLLOW_UP: ["ask", "approve", "reject"],
  TOUR_CONVERSION_OFFERED: ["ask", "reject"],
  BOOKED: ["complete", "no_show", "cancel", "refund"],
};

export function actionsFor(lead) {
  const told = lead.actions ?? lead.allowed_actions;
  if (Array.isArray(told)) return inOrder(told.map((each) => (typeof each === "string" ? each : each.action)).filter(Boolean));
  const failed = (lead.flags ?? []).includes("send_failed");
  const names = [...(failed ? ["resend", "force"] : []), ...(BY_STATUS[lead.status] ?? [])];
  if (lead.handover && !names.includes("resume")) names.push("resume");
  return inOrder(names);
}

// As ACTIONS has them: what mends something first, what ends something last.
function inOrder(names) {
  const order = Object.keys(ACTIONS);
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...names].sort((a, b) => place(a) - place(b));
}

export const FLAGS = {
  send_failed: "the last message was not delivered: her next message asks again, or “Send again” does",
  late_failure: "a message she has answered was reported as not delivered",
};

export const ENDS = {
  applied: "the gate opened",
  failed: "the gate stays shut: not delivered",
  cancelled: "the gate was called off",
  superseded: "a fact overtook the gate",
};
