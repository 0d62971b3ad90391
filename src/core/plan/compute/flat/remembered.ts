/** Values by key, at most so much of them by what each costs: the longest unused goes first. */
export class Remembered<Value> {
  private readonly values = new Map<string, Value>();
  private total = 0;

  constructor(
    private readonly most: number,
    private readonly costOf: (value: Value) => number,
  ) {}

  /** What is kept, by its cost. */
  get cost(): number {
    return this.total;
  }

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value !== undefined && this.total > this.most / 2) {
      // the order of the map is the order of last use, once that matters
      this.values.delete(key);
      this.values.set(key, value);
    }
    return value;
  }

  set(key: string, value: Value): void {
    const before = this.values.get(key);
    if (before !== undefined) this.forget(key, before);
    this.values.set(key, value);
    this.total += this.costOf(value);
    for (const [oldest, unused] of this.values) {
      if (this.total <= this.most) break;
      this.forget(oldest, unused);
    }
  }

  private forget(key: string, value: Value): void {
    this.values.delete(key);
    this.total -= this.costOf(value);
  }
}
