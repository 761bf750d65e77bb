import { describe, expect, it } from 'vitest';
import { progressView } from '../../src/cli/progress.ts';

function written(isTTY: boolean, quiet: boolean): string {
  let text = '';
  const stream = {
    isTTY,
    write: (part: string) => (text += part),
    columns: 80,
    on: () => {},
    removeListener: () => {},
  };
  const view = progressView(quiet, stream as never);
  for (let done = 0; done <= 100; done++) view.onProgress({ stage: 'dense', done, total: 100 });
  view.onProgress({ stage: 'empty', done: 0, total: 0 });
  view.onProgress({ stage: 'half', done: 1, total: 2 });
  view.close();
  return text;
}

describe('progressView', () => {
  it('writes plain lines where there is no terminal, one per stage and quarter', () => {
    expect(written(false, false).split('\n')).toEqual([
      'dense: 0 of 100',
      'dense: 25 of 100',
      'dense: 50 of 100',
      'dense: 75 of 100',
      'dense: 100 of 100',
      'empty: 0 of 0',
      'half: 1 of 2',
      '',
    ]);
  });

  it('tells the first result at once, and later ones by the quarter', () => {
    let text = '';
    const view = progressView(false, { isTTY: false, write: (part: string) => (text += part) } as never);
    for (let done = 0; done <= 8; done++)
      view.onProgress({ stage: 'dense', done, total: 8, ...(done > 0 ? { sofar: `loss ${done}` } : {}) });
    const lines = [1, 2, 4, 6, 8].map((done) => `dense: ${done} of 8, loss ${done}`);
    expect(text.split('\n')).toEqual(['dense: 0 of 8', ...lines, '']);
  });

  it('draws a bar on a terminal and shows the cursor again', () => {
    const text = written(true, false);
    expect(text).toContain('dense');
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
  });

  it('writes nothing when it is told to be quiet', () => {
    expect(written(true, true)).toBe('');
    expect(written(false, true)).toBe('');
  });
});
