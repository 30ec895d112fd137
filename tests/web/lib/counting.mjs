// What a tab of the app sends, hears and keeps, counted in its worker, where the connection and the keystore are.
// Of a worker that the tab has now: a reload begins another.

const workerOf = (page) => page.workers().find((worker) => /\/core\.worker\./.test(worker.url()));

export const startCounting = (page) => workerOf(page).evaluate(() => {
  const counts = { sent: 0, heard: 0, kept: 0 };
  self.counts = counts;
  const wrap = (prototype, name, counter) => {
    const original = prototype[name];
    prototype[name] = function (...values) {
      counts[counter]++;
      return original.apply(this, values);
    };
  };
  wrap(WebSocket.prototype, "send", "sent");
  for (const name of ["put", "add", "delete", "clear"]) {
    wrap(IDBObjectStore.prototype, name, "kept");
  }
  const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
  Object.defineProperty(MessageEvent.prototype, "data", {
    ...data,
    get() {
      counts.heard += this.target instanceof WebSocket ? 1 : 0;
      return data.get.call(this);
    },
  });
});

export const counted = (page) => workerOf(page).evaluate(() => ({ ...self.counts }));
