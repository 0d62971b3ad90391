/** Seconds of one core's work (user time) that `work` takes; the clock behind it ticks every few milliseconds. */
export function userSeconds(work) {
  const start = process.cpuUsage();
  work();
  return process.cpuUsage(start).user / 1e6;
}

/** Seconds by the clock on the wall. */
export function wallSeconds(work) {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1e3;
}

/** `work` once on each of `items`: the best by the clock, the middle one, and the mean of the user time, all in milliseconds. */
export function timesOf(items, work) {
  const walls = [];
  const user = userSeconds(() => {
    for (const item of items) walls.push(1e3 * wallSeconds(() => work(item)));
  });
  walls.sort((left, right) => left - right);
  return { best: walls[0], median: walls[walls.length >> 1], user: (1e3 * user) / items.length };
}
