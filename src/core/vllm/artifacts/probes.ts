/**
 * How a server is watched. Loading and compiling a large model takes minutes: half an hour before it counts as failed. Afterwards
 * /health answers at once, also under load.
 */
export const probes = { path: '/health', period: 10, timeout: 5, start: 1800 } as const;
