/**
 * `npx tsx bench/machines.ts [--tokens 1024,4096] [--only hardsea,sprint] [--rounds 3] [--causal] [--json FILE]`: what the machines take for a
 * layer of GPT-2's heads, predict, select and attend with all noise on, against dense attention of this package and of jax-js.
 * Exits with 1 when an output is wrong.
 */
import { parseArgs } from 'node:util';
import { nameList, wholeOption } from '../src/cli/options.ts';
import { checkOutputs } from '../src/cli/outputs.ts';
import { openDevice } from '../src/gpu/device.ts';
import { findNodeGpu } from '../src/node/find-gpu.ts';
import { writeFileAtomic } from '../src/node/write-file.ts';
import { clockFor } from './clock.ts';
import { type MachinesResult, runMachines } from './machines/run.ts';
import { noisyMachines } from './machines/subject.ts';
import { script } from './script.ts';

const names = noisyMachines.map(({ accelerator }) => accelerator);
const print = (line: string) => process.stdout.write(`${line}\n`);

await script(async () => {
  const { values: options } = parseArgs({
    options: {
      tokens: { type: 'string', default: '1024' },
      only: { type: 'string', default: names.join() },
      rounds: { type: 'string', default: '3' },
      causal: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const lengths = options.tokens.split(',').map(wholeOption('--tokens', 1, 2 ** 20));
  const rounds = wholeOption('--rounds', 1, 1000)(options.rounds);
  const only = nameList('--only', names)(options.only);
  await checkOutputs({ '--json': options.json }, {});
  const { gpu: entry, driver } = await findNodeGpu();
  const gpu = await openDevice({ gpu: entry, bundledSoftware: driver === 'bundled-software' });
  const results: MachinesResult[] = [];
  print(`${gpu.adapter.description} (${gpu.adapter.class}), ${clockFor(gpu.adapter).name}`);
  for (const tokens of lengths) {
    const sizes = { tokens, heads: 12, dim: 64, causal: options.causal };
    const patience = { leastMs: 20, rounds, slowMs: 400 };
    const onStep = (text: string) => process.stderr.write(`${text}\n`);
    const result = await runMachines(gpu, entry, sizes, patience, only, onStep);
    results.push(result);
    print(`${tokens} tokens, ${sizes.heads} heads of ${sizes.dim}${sizes.causal ? ', causal' : ''}`);
    for (const row of result.rows) printRow(row);
    if (result.noJax) print(`  jax-js took no part: ${result.noJax}`);
  }
  const date = new Date().toISOString();
  if (options.json)
    await writeFileAtomic(
      options.json,
      `${JSON.stringify({ format: 'machines 1', date, adapter: gpu.adapter, results }, null, 2)}\n`,
    );
  // jax-js keeps its device; nothing of ours is left to wait for.
  process.exit(results.some(({ rows }) => rows.some(({ verdict }) => verdict?.wrong)) ? 1 : 0);
});

function printRow({ name, turns, ofDense, ofJax, verdict, stages, peakBytes }: MachinesResult['rows'][number]): void {
  const ratios = [
    ofDense === undefined ? '' : `, ${ofDense.toFixed(2)} of dense`,
    ofJax === undefined ? '' : `, ${ofJax.toFixed(2)} of jax-js's dense`,
  ].join('');
  const memory = peakBytes === undefined ? '' : `, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`;
  print(`  ${name}: ${turns.medianMs.toFixed(0)} ms, spread ${(100 * turns.spread).toFixed(0)} %${ratios}${memory}`);
  if (verdict)
    print(`    ${verdict.wrong ? `WRONG: ${verdict.wrong}` : `right, kept ${verdict.keptShare.toFixed(3)}`}`);
  const sum = stages?.reduce((total, { ms }) => total + ms, 0) ?? 0;
  for (const { program, launches, ms } of stages ?? [])
    print(
      `    ${program.padEnd(24)} ${String(launches).padStart(3)} x ${ms.toFixed(1).padStart(8)} ms ${((100 * ms) / sum).toFixed(0).padStart(3)} %`,
    );
}
