// The HTTP contract from the console's side: a log-in's cookie with its CSRF token, or a bearer token from a link.

import { Api } from "../shared/api.js";

export class StaffApi extends Api {
  /** Known after a log-in; the cookie itself no script can read. */
  csrf = null;

  headers() {
    if (this.token.get()) return super.headers();
    return this.csrf ? { "X-CSRF-Token": this.csrf } : {};
  }

  get byPassword() {
    return this.csrf !== null && !this.token.get();
  }

  /** Anything that changes something; what the service answers, or null where it answers nothing. */
  async send(method, path, body = undefined) {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const answer = await this.ask(path, { method, headers, body: JSON.stringify(body) });
    return answer.status === 204 ? null : answer.json();
  }

  async logIn(name, password) {
    this.csrf = (await this.send("POST", "/v1/session", { name, password })).csrf;
  }

  /** Who is here: {role, label}. Throws Problem 401 where nobody is. */
  async whoIsHere() {
    if (this.token.get()) return this.get("/v1/me");
    const session = await this.get("/v1/session");
    this.csrf = session.csrf;
    return session;
  }

  forget() {
    this.token.forget();
    this.csrf = null;
  }

  /** This session alone, or all of this person; then nothing here is anybody's. */
  async logOut({ everywhere = false } = {}) {
    if (this.byPassword) await this.send("DELETE", everywhere ? "/v1/sessions" : "/v1/session");
    this.forget();
  }
}
