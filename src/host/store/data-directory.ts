import { resolve } from 'node:path';
import envPaths from 'env-paths';

/**
 * Where Plimsoll keeps its files: PLIMSOLL_DATA_DIR, or the system's place for a program's data
 * (~/.local/share/plimsoll, ~/Library/Application Support/plimsoll, %LOCALAPPDATA%\plimsoll\Data).
 */
export function dataDirectory(): string {
  const override = process.env['PLIMSOLL_DATA_DIR'];
  if (override !== undefined && override.trim() !== '') return resolve(override);
  return envPaths('plimsoll', { suffix: '' }).data;
}
