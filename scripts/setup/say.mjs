/** One line to a person about the set-up; on stderr, so that what a script prints stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Something that is missing and what to do about it. The set-up goes on. */
export function finding(message, remedy) {
  say(`finding: ${message}${remedy ? `\n         ${remedy}` : ''}`);
}
