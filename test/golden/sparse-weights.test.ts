import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compileWeights } from '../../src/kernel/sparse-weights/compile.ts';
import { sparseCounts } from '../../src/kernel/sparse-weights/counts.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { openFile } from '../../src/node/file-source.ts';

it('every linear layer of the sparse checkpoint is 4 of 16 along its inputs and fills its lanes', async () => {
  const path = fileURLToPath(new URL('../models/gpt2-bytes-sparse/model.safetensors', import.meta.url));
  const file = await openSafetensors(await openFile(path));
  const layers = file.names.filter((name) => /\.c_(?:attn|proj|fc)\.weight$/.test(name));
  expect(layers).toHaveLength(16);
  for (const name of layers) {
    const [inputs, outputs] = file.info(name).shape as [number, number];
    const counts = sparseCounts(compileWeights({ inputs, outputs }, await file.readF32(name)));
    expect(counts).toMatchObject({ utilisation: 1, kept: counts.dense / 4, rounds: counts.denseRounds / 4 });
  }
  await file.close();
});
