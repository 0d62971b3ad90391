import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fieldsInHelp, queryArguments, WANTED_FIELDS } from '../../../src/core/reading/nvidia-smi-query';
import { fixtures, read } from './nvidia-smi-captures';

describe('a query for one card', () => {
  it('asks for fields that are there, without spaces, the name last', () => {
    const [query, format] = queryArguments(WANTED_FIELDS);
    expect(query).toMatch(/^--query-gpu=[\w.,]+,name$/);
    expect(format).toBe('--format=csv,noheader,nounits');
    expect(queryArguments(['name'], 3).slice(0, 2)).toEqual(['-i', '3']);
  });

  it.each(readdirSync(join(fixtures, 'capabilities')))('asks %s only for what its help lists', (machine) => {
    const fields = fieldsInHelp(read('capabilities', machine, 'help-query-gpu.txt'));
    const knowsKmd = /__(595|610)\./.test(machine);
    expect(fields).toEqual(WANTED_FIELDS.filter((field) => field !== 'kmd_version' || knowsKmd));
  });

  it('asks for everything where the help is no list', () => {
    expect(fieldsInHelp('')).toEqual(WANTED_FIELDS);
    expect(fieldsInHelp('ERROR: Option --help-query-gpu is not recognized.')).toEqual(WANTED_FIELDS);
  });
});
