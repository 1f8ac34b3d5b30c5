// The HTTP contract from a page's side: bearer token, problem+json as words, photos as object URLs.

/** The service answered and refused. `detail` is written for people. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.title = body.title ?? "";
    this.type = body.type ?? "";
    this.body = body; // with what the service knows beside the words, as who decided meanwhile
    this.retryAfter = Number(retryAfter) || null;
  }

  /** Worth sending the same bytes again? */
  get passing() {
    return this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/** No answer came: no network, a timeout, or a server that is down. */
export class NoNetwork extends Error {
  get passing() {
    return true;
  }
}

export function problemOf(status, text, retryAfter) {
  try {
    return new Problem(status, JSON.parse(text), retryAfter);
  } catch {
    return new Problem(status, { title: `HTTP ${status}` }, retryAfter); // a proxy's page, not ours
  }
}

export class Api {
  /** @param {import("./token.js").Token} token */
  constructor(token, { photosKept = 40 } = {}) {
    this.token = token;
    this.photosKept = photosKept;
    this.photos = new Map(); // url → Promise of an object URL, oldest first
  }

  headers() {
    return { Authorization: `Bearer ${this.token.get()}` };
  }

  /** The Response, where it is a good one; throws Problem or NoNetwork. */
  async ask(path, options = {}) {
    let answer;
    try {
      answer = await fetch(path, { ...options, headers: { ...this.headers(), ...options.headers } });
    } catch {
      throw new NoNetwork("no answer");
    }
    if (answer.ok) return answer;
    const text = await answer.text().catch(() => "");
    const problem = problemOf(answer.status, text, answer.headers.get("Retry-After"));
    throw Object.assign(problem, { headers: answer.headers });
  }

  async get(path) {
    return (await this.ask(path)).json();
  }

  /** A list route: {items, next_cursor}; a short list has no cursor. */
  async list(path) {
    return { next_cursor: null, ...(await this.get(path)) };
  }

  async put(path, body) {
    const headers = { "Content-Type": "application/json" };
    return (await this.ask(path, { method: "PUT", headers, body: JSON.stringify(body) })).json();
  }

  /** An <img src> for a photo behind the token; the oldest are given back once there are too many. */
  photo(url) {
    const known = this.photos.get(url);
    const made =
      known ?? this.ask(url).then(async (answer) => URL.createObjectURL(await answer.blob()));
    this.photos.delete(url);
    this.photos.set(url, made);
    made.catch(() => this.photos.delete(url));
    for (const [old, waiting] of this.photos) {
      if (this.photos.size <= this.photosKept) break;
      this.photos.delete(old);
      waiting.then(URL.revokeObjectURL, () => {});
    }
    return made;
  }
}
