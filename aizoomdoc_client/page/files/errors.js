/** Failures of requests, by the codes that `error` events have, too. */

/** A question that was not asked. */
export class AskError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const CODES = { 401: "not_authenticated", 403: "forbidden", 404: "not_found", 413: "too_large", 422: "invalid_request", 429: "rate_limited" };

/** The code for the status of a response. */
export const codeOf = (status) => CODES[status] ?? "server_error";
