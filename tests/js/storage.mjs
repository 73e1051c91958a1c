// A Storage as browsers have it, in memory.
export class MemoryStorage {
  #items = new Map();
  get length() { return this.#items.size; }
  key(index) { return [...this.#items.keys()][index] ?? null; }
  getItem(key) { return this.#items.get(key) ?? null; }
  setItem(key, value) { this.#items.set(key, String(value)); }
  removeItem(key) { this.#items.delete(key); }
}

export class FullStorage extends MemoryStorage {
  setItem() { throw new DOMException("full", "QuotaExceededError"); }
}
