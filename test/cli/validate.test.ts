import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

let folder: string;
const place = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-validate-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('validate', () => {
  it('prints every row and writes it as JSON', async () => {
    const { code, stdout, stderr } = await runCli('validate', '--json', place('rows.json'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const json = JSON.parse(await readFile(place('rows.json'), 'utf8'));
    expect(json).toMatchObject({ schemaVersion: 1, command: 'validate' });
    expect(json.rows.length).toBe(28);
    for (const { id, claim } of json.rows) expect(stdout).toContain(`${id.padEnd(13)}${claim.slice(0, 60)}`);
    expect(json.rows[0]).toMatchObject({
      id: 'S1',
      published: [{ value: 7.5, unit: 'x', basis: { note: expect.any(String) } }],
      ours: [{ figure: { standing: 'predicted', basis: { bits: 8 } }, deviation: expect.any(Number) }],
      standing: 'predicted',
      outcome: 'near',
      reason: expect.any(String),
    });
    expect(stdout).toContain('Nothing here is a reproduction');
    expect(stdout).toContain('ITA, arXiv 2307.03493: efficiency: 16.9 TOPS/W');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('refuses what is no result of evaluate, and one file for both', async () => {
    await writeFile(place('bad.json'), '{"command": "attend"}');
    await writeFile(place('text.json'), 'no json');
    for (const name of ['bad.json', 'text.json']) {
      const run = await runCli('validate', '--evaluated', place(name));
      expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('evaluate --json') });
    }
    const same = await runCli('validate', '--evaluated', place('bad.json'), '--json', place('bad.json'));
    expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining('both') });
  });
});
