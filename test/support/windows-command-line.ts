/** What cmd makes of a line: the line that the program gets; throws where cmd would do something else than start it. */
export function throughCmd(line: string, how: 'typed' | 'file'): string {
  let quoted = false;
  let out = '';
  const text = how === 'file' ? withoutPercents(line) : line;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (!quoted && char === '^') {
      at += 1;
      out += text[at] ?? '';
      continue;
    }
    if (char === '"') quoted = !quoted;
    else if (!quoted && /[&|<>()\r\n]/u.test(char)) throw new Error(`cmd acts on ${char} at ${at}: ${line}`);
    out += char;
  }
  if (how === 'typed' && /%[^%^"]+%/u.test(line)) throw new Error(`cmd would look up a variable: ${line}`);
  return out;
}

/** In a file `%%` is one percent sign, and a single one begins a variable. */
function withoutPercents(line: string): string {
  if (/(^|[^%])(%%)*%([^%]|$)/u.test(line)) throw new Error(`cmd would look up a variable: ${line}`);
  return line.replaceAll('%%', '%');
}

/**
 * The words of a line as CommandLineToArgvW gives them (learn.microsoft.com, "CommandLineToArgvW function"): 2n backslashes and a
 * quote are n backslashes and the end or beginning of quotes, 2n+1 are n and a quote; `""` within quotes is a quote that ends them.
 * The program's own name knows no backslashes.
 */
export function commandLineToArgv(line: string): readonly string[] {
  const program = /^\s*(?:"([^"]*)"|(\S*))/u.exec(line)!;
  const words = [program[1] ?? program[2] ?? ''];
  let at = program[0].length;
  while (at < line.length) {
    while (line[at] === ' ' || line[at] === '\t') at++;
    if (at >= line.length) break;
    const { word, end } = readWord(line, at);
    words.push(word);
    at = end;
  }
  return words;
}

function readWord(line: string, start: number): { readonly word: string; readonly end: number } {
  let word = '';
  let quoted = false;
  let at = start;
  while (at < line.length && (quoted || (line[at] !== ' ' && line[at] !== '\t'))) {
    const slashes = /^\\*/u.exec(line.slice(at))![0].length;
    at += slashes;
    if (line[at] !== '"') {
      word += '\\'.repeat(slashes);
      if (at < line.length && (quoted || (line[at] !== ' ' && line[at] !== '\t')) && line[at] !== '\\') {
        word += line[at];
        at++;
      }
      continue;
    }
    word += '\\'.repeat(Math.floor(slashes / 2));
    at++;
    if (slashes % 2 === 1) word += '"';
    else if (quoted && line[at] === '"') {
      word += '"';
      quoted = false;
      at++;
    } else quoted = !quoted;
  }
  return { word, end: at };
}

/** The words of a PowerShell line of plain words and single-quoted strings (about_Quoting_Rules): the four kinds of single quotes are one. */
export function powershellWords(line: string): readonly string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    while (line[at] === ' ') at++;
    if (at >= line.length) break;
    let word = '';
    if (isQuote(line[at])) {
      at++;
      for (;;) {
        if (at >= line.length) throw new Error(`a string has no end: ${line}`);
        if (isQuote(line[at])) {
          if (!isQuote(line[at + 1])) break;
          at++;
        }
        word += line[at];
        at++;
      }
      at++;
    } else {
      const bare = /^\S+/u.exec(line.slice(at))![0];
      if (/[\s'"`$(){};,|&<>@#\u2018-\u201E]/u.test(bare))
        throw new Error(`PowerShell acts on ${bare}: ${line}`);
      if (/^-.*[.:]/u.test(bare)) throw new Error(`PowerShell cuts ${bare} in two`);
      word = bare;
      at += bare.length;
    }
    if (at < line.length && line[at] !== ' ') throw new Error(`words run together: ${line}`);
    words.push(word);
  }
  return words;
}

function isQuote(char: string | undefined): boolean {
  return char !== undefined && /['\u2018-\u201B]/u.test(char);
}
