// What this browser keeps: acts and their answers (IndexedDB). Other rooms that keep something there add their shelf here, so
// that one version number rules the file.

/** The shelves, by what they are keyed: acts by their client id; receipts and secrets of bids by theirs. */
const SHELVES = ["acts", "receipts", "nonces"] as const;
export type Shelf = (typeof SHELVES)[number];
const VERSION = 1;

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("zhiheng", VERSION);
    asked.onupgradeneeded = () => {
      for (const shelf of SHELVES) if (!asked.result.objectStoreNames.contains(shelf)) asked.result.createObjectStore(shelf, { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function within<Result>(shelf: Shelf, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  const base = await open();
  return new Promise((resolve, reject) => {
    // Strict: the word "written" is given once it would outlive a crash of the machine.
    const transaction = base.transaction(shelf, mode, { durability: "strict" });
    const asked = work(transaction.objectStore(shelf));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

/** Keeps an entry under its `id`; done when it is durable. */
export async function keep<Entry extends { id: string }>(shelf: Shelf, entry: Entry): Promise<void> {
  await within(shelf, "readwrite", (store) => store.put(entry));
}

/** The entry of an id, if it is there. */
export function find<Entry>(shelf: Shelf, id: string): Promise<Entry | undefined> {
  return within<Entry | undefined>(shelf, "readonly", (store) => store.get(id) as IDBRequest<Entry | undefined>);
}

/** All entries, by id. */
export function all<Entry>(shelf: Shelf): Promise<Entry[]> {
  return within<Entry[]>(shelf, "readonly", (store) => store.getAll() as IDBRequest<Entry[]>);
}

/** Drops an entry. */
export async function drop(shelf: Shelf, id: string): Promise<void> {
  await within(shelf, "readwrite", (store) => store.delete(id));
}
