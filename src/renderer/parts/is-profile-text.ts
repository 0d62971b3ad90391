/** Whether JSON text is a profile rather than a model's config: only a profile speaks of hardware. */
export function isProfileText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'hardware' in value;
  } catch {
    return false;
  }
}
