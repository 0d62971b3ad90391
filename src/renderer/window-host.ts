/** The little that differs between the shells, handed in beside the client. */
export interface Host {
  /** Path of a file that the user dropped or picked; null where the shell cannot know it, as in a browser. */
  pathOf(file: File): string | null;
}
