import { Fragment } from 'react';
import classes from './whole-words.module.css';

/** A command or a script, each word kept whole where a line wraps: a break within `--fit` would misread. */
export function WholeWords({ text }: { text: string }) {
  return text
    .trimEnd()
    .split(/([ \n]+)/u)
    .map((part, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- words repeat and never move
      <Fragment key={index}>{index % 2 === 1 ? part : <span className={classes.word}>{part}</span>}</Fragment>
    ));
}
