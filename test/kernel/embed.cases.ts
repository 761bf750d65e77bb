import type { Launch } from '../../src/gpu/launch.ts';
import { type EmbedProblem, planEmbed } from '../../src/kernel/embed.ts';
import { embedReference } from '../../src/reference/embed.ts';
import { assertClose, folded, type KernelCase, normals, sentinel, unwritten } from '../support/kernel-case.ts';

/** The embedding with whole tables and pieces of them: a piece leaves the rows of other ids alone. */
export const embedCases: readonly KernelCase[] = [
  embedCase('embed a whole table', { sequences: 2, tokens: 7, width: 5, firstRow: 0, rowCount: 11 }),
  embedCase('embed with types', { sequences: 1, tokens: 33, width: 8, firstRow: 0, rowCount: 11, types: true }),
  embedCase('embed a middle piece', { sequences: 3, tokens: 9, width: 6, firstRow: 4, rowCount: 3 }),
  embedCase('embed the last piece', { sequences: 1, tokens: 20, width: 4, firstRow: 9, rowCount: 2, types: true }),
  embedCase('embed on a folded grid', { sequences: 3, tokens: 50, width: 9, firstRow: 0, rowCount: 11 }, folded),
  embedCase('embed no sequence', { sequences: 0, tokens: 4, width: 4, firstRow: 0, rowCount: 11 }),
];

function embedCase(
  name: string,
  problem: EmbedProblem,
  change: (launch: Launch) => Launch = (launch) => launch,
): KernelCase {
  return {
    name,
    async run(gpu) {
      const { sequences, tokens, width, firstRow, rowCount } = problem;
      const rows = sequences * tokens;
      const ids = Uint32Array.from({ length: rows }, (_, i) => (i * 7 + 3) % 11);
      const table = normals(11 * width, 1).subarray(firstRow * width, (firstRow + rowCount) * width);
      const positions = normals(tokens * width, 2);
      const types = normals(2 * width, 3);
      const y = unwritten(gpu, 'f32', [rows * width]);
      const batch = gpu.batch().run(change(planEmbed(problem)), {
        ids: gpu.tensor(ids),
        table: gpu.tensor(table),
        positions: gpu.tensor(positions),
        types: gpu.tensor(types),
        y,
      });
      const read = batch.read<Float32Array>(y);
      await batch.submit();
      const before = new Float32Array(rows * width).fill(sentinel.f32);
      const expected = embedReference(problem, ids, table, positions, types, before);
      assertClose(read.values(), expected, { absolute: 1e-6, relative: 0 }, name);
    },
  };
}
