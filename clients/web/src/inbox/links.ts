/* Links of inboxes, CASES.md §2. What is behind "#" reaches no server. */

const LINK = /^https?:\/\/[^#\s]+(#2\.[\w-]{43}\.[\w-]{43}(\.\S+)?)$/;

export const isInboxLink = (link: string): boolean => LINK.test(link.trim());

/** Where somebody can tell this inbox something, in this app. */
export const reportPath = (link: string): string => `/melden${LINK.exec(link.trim())?.[1] ?? ""}`;
