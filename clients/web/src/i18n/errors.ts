/* What a resident is told when something was refused. The codes are PROTOCOL.md §7's and those of
 * include/kring/err.h that the app can meet; tests/web holds the list against both. */

/** One text each in the common catalogue: "error.later", … */
type ErrorKind =
  | "later" // nothing is lost, try again soon
  | "full" // the relay has no room
  | "again" // something changed meanwhile, look and do it again
  | "limit" // too many of something
  | "large" // too long a text
  | "notAllowed" // no right, or no longer
  | "blocked" // the operator has blocked this account
  | "muted" // muted for a while
  | "slow" // slow mode
  | "invitation" // the invitation is no good
  | "grant" // the operator's code is no good
  | "exists" // it is there already
  | "gone" // it is not there (any more)
  | "lastCoordinator"
  | "passphrase"
  | "storage" // this device has no room, or failed
  | "otherTab" // another tab took over
  | "newer" // written by a newer version of the app
  | "unreachable" // a part of the app could not be loaded
  | "interrupted" // not known whether it was done: look in the outbox
  | "input" // something that was filled in cannot be
  | "trouble"; // a fault in the app or an attempt to deceive it

export const ERROR_KINDS: { readonly [code: string]: ErrorKind } = {
  // The relay
  json: "trouble",
  frame: "trouble",
  verb: "newer",
  field: "trouble",
  body: "trouble",
  too_large: "large",
  mls: "trouble",
  routing: "again",
  auth_required: "trouble",
  auth_failed: "trouble",
  auth_twice: "trouble",
  forbidden: "notAllowed",
  blocked: "blocked",
  muted: "muted",
  slow_mode: "slow",
  excluded: "notAllowed",
  grant: "grant",
  invite: "invitation",
  exists: "exists",
  not_found: "gone",
  state: "again",
  last_coordinator: "lastCoordinator",
  epoch_taken: "again",
  epoch_wrong: "again",
  rev_past: "again",
  void_late: "again",
  id_reused: "trouble",
  incarnation: "again",
  trimmed: "gone",
  cursor_ahead: "trouble",
  cursor_early: "notAllowed",
  named: "trouble",
  record: "trouble",
  recipients: "again",
  limit: "limit",
  quota: "later",
  busy: "later",
  full: "full",
  internal: "later",
  // The machine
  argument: "input",
  encoding: "input",
  text: "input",
  link: "invitation",
  memory: "storage",
  store_full: "storage",
  store_io: "storage",
  store_damaged: "storage",
  bad_state_record: "storage",
  store_version: "newer",
  record_version: "newer",
  content_version: "newer",
  removed: "notAllowed",
  not_recipient: "notAllowed",
  inbox_expired: "gone",
  check_digit: "input",
  device_signer: "input",
  policy: "notAllowed",
  // The host
  passphrase: "passphrase",
  fenced: "otherTab",
  unreachable: "unreachable",
  interrupted: "interrupted",
  QuotaExceededError: "storage",
  InvalidStateError: "storage",
};

export const kindOfError = (code: string): ErrorKind => ERROR_KINDS[code] ?? "trouble";
