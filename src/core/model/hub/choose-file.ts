/** A file of a repository. */
export interface HubFile {
  /** Path in the repository. */
  readonly path: string;
  readonly bytes: number | null;
}

/** The GGUF file to read (of a split model the first part), or why there is none to choose. */
export type FileChoice =
  | { readonly kind: 'file'; readonly path: string }
  | Undecided
  | { readonly kind: 'no-gguf' };

/** No file of that quantisation, with all models that there are; or several, which may all be of one quantisation. */
export type Undecided =
  | { readonly kind: 'none'; readonly paths: readonly string[] }
  | {
      readonly kind: 'many';
      readonly paths: readonly string[];
      /** Of these the paths are; null where they are all models that there are. */
      readonly quant: string | null;
      /** Models of every quantisation. */
      readonly models: number;
    };

/** The quantisation that most files are published in, taken where none is asked for. */
const USUAL = 'Q4_K_M';

/** Image projectors, importance matrices and draft heads lie beside a model and are none. */
const noModel = /mmproj|imatrix|(^|\/)mtp-/i;
const laterPart = /-(?!00001)\d{5}-of-\d{5}\.gguf$/i;

/**
 * Which of a repository's files holds the model in a quantisation: the one whose path carries that name (upper or lower case), a
 * publisher's variant of it (`UD-…`) only where there is no plain one. Without a quantisation Q4_K_M, else the only one there is.
 */
export function chooseFile(files: readonly HubFile[], quant: string | null): FileChoice {
  const models = files
    .map(({ path }) => path)
    .filter((path) => /\.gguf$/i.test(path) && !noModel.test(path) && !laterPart.test(path));
  if (models.length === 0) return { kind: 'no-gguf' };
  const wanted = quant ?? USUAL;
  const named = plainFirst(
    models.filter((path) => carries(path, wanted)),
    wanted,
  );
  const isOpen = named.length === 0 && quant === null;
  const found = isOpen ? models : named;
  if (found.length === 1) return { kind: 'file', path: found[0]! };
  if (found.length === 0) return { kind: 'none', paths: models };
  return { kind: 'many', paths: found, quant: isOpen ? null : wanted, models: models.length };
}

/** Whether a path has the name as a word of its own: `Q4_K` is not in `Q4_K_M`, nor `Q4_K_M` in `IQ4_K_M`. */
function carries(path: string, quant: string): boolean {
  return new RegExp(`(?:^|[^A-Za-z0-9])${quant}(?![A-Za-z0-9_])`, 'i').test(path);
}

function plainFirst(paths: readonly string[], quant: string): readonly string[] {
  const plain = paths.filter((path) => !new RegExp(`(?:^|[^A-Za-z0-9])UD[-_]${quant}`, 'i').test(path));
  return plain.length === 0 ? paths : plain;
}
