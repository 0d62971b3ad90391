import { useSyncExternalStore } from 'react';

export const routes = ['machine', 'plan', 'receipts', 'calculators', 'matrix', 'fleet', 'vllm'] as const;
export type Route = (typeof routes)[number];

/** The view that the page's address names; the machine where it names none. */
export function useRoute(): Route {
  return useSyncExternalStore(watchAddress, currentRoute);
}

/** The address of a view, for a link. */
export function hrefOf(route: Route): string {
  return `#/${route}`;
}

/** Goes to a view as a link would. */
export function goTo(route: Route): void {
  window.location.hash = hrefOf(route);
}

function currentRoute(): Route {
  const named = window.location.hash.replace(/^#\//, '');
  return routes.find((route) => route === named) ?? 'machine';
}

function watchAddress(watcher: () => void): () => void {
  window.addEventListener('hashchange', watcher);
  return () => window.removeEventListener('hashchange', watcher);
}
