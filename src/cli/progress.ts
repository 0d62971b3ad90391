import ora from 'ora';
import type { Progress } from '../contract/events';
import type { Terminal } from './terminal';

export interface ProgressReporter {
  readonly show: (progress: Progress) => void;
  /** Clears what is shown. */
  readonly end: () => void;
}

/** Says on stderr how far a call is: a moving line where somebody watches, else one line a step. */
export function reportProgress(terminal: Terminal): ProgressReporter {
  return terminal.interactive ? movingLine() : linePerStep(terminal);
}

function movingLine(): ProgressReporter {
  const line = ora({ stream: process.stderr, discardStdin: false });
  return {
    show(progress) {
      line.text = textOf(progress);
      if (!line.isSpinning) line.start();
    },
    end: () => {
      if (line.isSpinning) line.stop();
    },
  };
}

function linePerStep(terminal: Terminal): ProgressReporter {
  let last: string | null = null;
  return {
    show(progress) {
      if (progress.step === last) return;
      last = progress.step;
      terminal.say(progress.label);
    },
    end: () => undefined,
  };
}

function textOf({ label, fraction }: Progress): string {
  return fraction === null ? label : `${label} (${Math.round(fraction * 100)} %)`;
}
