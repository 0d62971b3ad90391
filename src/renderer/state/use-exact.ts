import { useCallback, useMemo } from 'react';
import { tools } from '../../core/exact/read-line';
import type { Tool } from '../../core/plan/settings';
import type { ExactLine } from '../planner/messages';
import { useStored } from './use-stored';

export interface ExactStore {
  /** What stands in the field. */
  readonly typed: ExactLine;
  /** What is judged: null where the field is empty. */
  readonly exact: ExactLine | null;
  readonly setLine: (line: string) => void;
  readonly setTool: (tool: Tool) => void;
}

const nothing: ExactLine = { line: '', tool: 'llama-server' };

/** The user's own arguments of a llama.cpp tool. */
export function useExact(): ExactStore {
  const [typed, setTyped] = useStored('plimsoll-exact', nothing, parse);
  const setLine = useCallback((line: string) => setTyped((before) => ({ ...before, line })), [setTyped]);
  const setTool = useCallback((tool: Tool) => setTyped((before) => ({ ...before, tool })), [setTyped]);
  return useMemo(
    () => ({ typed, exact: typed.line.trim() === '' ? null : typed, setLine, setTool }),
    [typed, setLine, setTool],
  );
}

function parse(stored: unknown): ExactLine | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { line, tool: name } = stored as { line?: unknown; tool?: unknown };
  const tool = tools.find((each) => each === name);
  return typeof line === 'string' && tool !== undefined ? { line, tool } : null;
}
