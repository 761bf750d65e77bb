import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptResults, speedPage, speedPagePath } from '../../bench/speed-page.ts';

describe('the page about speed', () => {
  it('is what the generator makes of the kept results', () => {
    const results = keptResults();
    expect(results.length).toBeGreaterThan(0);
    expect(readFileSync(speedPagePath, 'utf8')).toBe(speedPage(results));
  });

  it('takes the newest measurement of a workload, and says when no GPU was measured', () => {
    const [kept] = keptResults();
    const [workload] = kept!.workloads;
    const changed = (date: string, ms: number) => {
      const rows = [{ ...workload!.rows[0]!, turns: { ...workload!.rows[0]!.turns!, medianMs: ms } }];
      return { ...kept!, date, workloads: [{ ...workload!, rows }], noise: [] };
    };
    const page = speedPage([changed('2026-01-02T00:00:00Z', 111), changed('2026-01-01T00:00:00Z', 222)]);
    expect(page).toContain('| 111 |');
    expect(page).not.toContain('| 222 |');
    expect(page).toContain('No hardware GPU was measured');
    const adapter = { ...kept!.adapter, class: 'hardware' } as const;
    expect(speedPage([{ ...kept!, adapter }])).not.toContain('No hardware GPU was measured');
  });
});
