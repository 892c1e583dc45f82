// Calls and streams. A call answers {ok, status, data}; it never throws.

export async function call(method, path, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    let data = null;
    try {
      data = text ? JSON.parse(text) : null;
    } catch {
      data = { detail: text.slice(0, 200) };
    }
    return { ok: response.ok, status: response.status, data };
  } catch {
    return { ok: false, status: 0, data: { detail: "no connection" } };
  }
}

export const read = (path) => call("GET", path);

export function said(answer) {
  const data = answer.data ?? {};
  const allowed = Array.isArray(data.allowed) ? ` Possible now: ${data.allowed.join(", ") || "nothing"}.` : "";
  return `${data.detail ?? data.title ?? `answer ${answer.status}`}${allowed}`;
}

// A stream of server-sent events that connects again by itself, and lets go while the page is hidden (a browser
// allows six connections per host; several open windows must not use them up).
export class Live {
  constructor(path, { events, state }) {
    this.path = path;
    this.events = events;
    this.state = state;
    this.source = null;
    this.wait = 1000;
    this.timer = 0;
    this.up = null;
    document.addEventListener("visibilitychange", () => this.seen());
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.open());
    this.open();
  }

  seen() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.close(), 5000);
    else if (!this.source) this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.close();
    const source = new EventSource(this.path);
    this.source = source;
    source.onopen = () => {
      this.wait = 1000;
      this.tell(true);
    };
    source.onerror = () => {
      this.tell(false);
      if (source.readyState === EventSource.CLOSED && this.source === source) {
        this.source = null;
        this.timer = setTimeout(() => this.open(), this.wait);
        this.wait = Math.min(5000, this.wait * 1.5);
      }
    };
    for (const [name, handle] of Object.entries(this.events)) {
      source.addEventListener(name, (event) => {
        let data;
        try {
          data = JSON.parse(event.data);
        } catch {
          return;
        }
        handle(data);
      });
    }
  }

  close() {
    this.source?.close();
    this.source = null;
    this.up = null;
  }

  tell(up) {
    if (!up && this.up === false) return;
    this.up = up;
    this.state(up);
  }
}
