// A browser's keystore as it was before, as after a backup that is put back: all records, within the
// browser, since its key cannot leave it. No tab may have the app open meanwhile.

async function inBlankPage({ context, page }, from, to) {
  const blank = await context.newPage();
  await blank.goto("/privacy"); // of the same origin, and without a keystore
  await blank.evaluate(async ([source, target]) => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const read = await done(indexedDB.open(source));
    const names = [...read.objectStoreNames];
    const kept = {};
    for (const name of names) {
      const store = read.transaction(name).objectStore(name);
      kept[name] = { keyPath: store.keyPath, keys: await done(store.getAllKeys()), values: await done(store.getAll()) };
    }
    const { version } = read;
    read.close();
    const making = indexedDB.open(target, version);
    making.onupgradeneeded = () => {
      for (const name of names.filter((each) => !making.result.objectStoreNames.contains(each))) {
        making.result.createObjectStore(name, kept[name].keyPath === null ? {} : { keyPath: kept[name].keyPath });
      }
    };
    const written = await done(making);
    for (const name of names) {
      const store = written.transaction(name, "readwrite").objectStore(name);
      await done(store.clear());
      const { keyPath, keys, values } = kept[name];
      await Promise.all(values.map((value, i) => done(keyPath === null ? store.put(value, keys[i]) : store.put(value))));
    }
    written.close();
  }, [from, to]);
  await blank.close();
}

const NAME = "kring";
const COPY = "kring-copy";

export const copyKeystore = (person) => inBlankPage(person, NAME, COPY);
export const restoreKeystore = (person) => inBlankPage(person, COPY, NAME);
