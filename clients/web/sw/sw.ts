/* The service worker: the app's own files, so that it opens without a network. Nothing is ever added
 * to the cache but this build's list: no page that was visited, nothing that somebody wrote. The
 * list is the same for everybody who has the app, so it tells nothing about them. */
declare const self: ServiceWorkerGlobalScope;

/** Put in by build.mjs. */
declare const KRING_SHELL: readonly string[];
declare const KRING_VERSION: string;

const CACHE = `kring-${KRING_VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) =>
    cache.addAll(KRING_SHELL.map((url) => new Request(url, { cache: "no-cache" })))));
});

/** A new version waits until the old one's tabs are closed, or the user asks for it: never while somebody
 * reports, whose page may still need the old one's files. */
async function renew(asking: Client): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.some(({ url }) => new URL(url).pathname.startsWith("/melden"))) {
    asking.postMessage("busy");
  } else {
    await self.skipWaiting();
  }
}

self.addEventListener("message", (event) => {
  if (event.data === "renew" && event.source instanceof Client) {
    event.waitUntil(renew(event.source));
  }
});

/** Whoever has an old page open still is told by its browser that this one leads now. */
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) =>
    Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))));
});

/** As kringd finds files: "/" is /index.html, "/page" is /page.html. */
function fileOf(path: string): string | undefined {
  const candidates = [path, `${path}index.html`, `${path}.html`];
  return candidates.find((candidate) => KRING_SHELL.includes(candidate));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const file = url.origin === self.location.origin ? fileOf(url.pathname) : undefined;
  if (event.request.method === "GET" && file !== undefined) {
    event.respondWith(caches.open(CACHE).then((cache) => cache.match(file))
      .then((found) => found ?? fetch(event.request)));
  }
});

export {};
