import { z } from 'zod';

/** Where a catalog's figure is from. */
export const catalogSourceSchema = z.object({
  /** Page or file that says it; null where none could be found. */
  url: z.string().nullable(),
  /** Day on which that was read, YYYY-MM-DD; null where nothing was. */
  read_at: z.string().nullable(),
  /** `published` on that page, `recalled, unverified` where no page could be found, `user` for a row of the user's own. */
  basis: z.enum(['published', 'recalled, unverified', 'user']),
});
export type CatalogSource = z.infer<typeof catalogSourceSchema>;

/** What stands beside a figure that no page was found for. */
export const recalled: CatalogSource = { url: null, read_at: null, basis: 'recalled, unverified' };

/** The source of a row of the user's own. */
export const ofUser: CatalogSource = { url: null, read_at: null, basis: 'user' };

/** A figure's source in a few words: for provenance and assumptions. */
export function describeSource({ url, read_at: readAt, basis }: CatalogSource): string {
  if (basis !== 'published') return basis === 'user' ? 'the user’s own catalog' : basis;
  return readAt === null ? (url ?? basis) : `${url ?? basis}, read ${readAt}`;
}
