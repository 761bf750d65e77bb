/**
 * `npx tsx bench/crossover.ts [tokens] [rounds]`: attention over kept keys by gathering and by masking, in turn, at growing shares
 * of kept keys; what `gatherAttendVariant` goes by. Kept keys are spread over the row, the worst case for masking.
 */
import { oneName, wholeOption } from '../src/cli/options.ts';
import { withGpu } from '../src/cli/with-gpu.ts';
import { type GatherAttendVariant, gatherAttendVariants } from '../src/kernel/gather-attend-variant.ts';
import { gatherAttendBench } from './kernels/attend.ts';
import { inTurn } from './pairs.ts';
import { script } from './script.ts';
import { median } from './statistics.ts';

// Kept keys are spread by a bijection of powers of two, and the least share of them is a key.
const lengths = [32, 64, 128, 256, 512, 1024, 2048, 4096].map(String);
const shares = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2];

await script(async () => {
  const tokens = Number(oneName('tokens', lengths)(process.argv[2] ?? '256'));
  const rounds = wholeOption('rounds', 1, 1000)(process.argv[3] ?? '5');
  await withGpu(async (gpu) => {
    const can = gatherAttendVariants(gpu);
    const pick = (...names: readonly GatherAttendVariant[]) => names.find((name) => can.includes(name));
    const ways = [pick('subgroup8', 'gather'), pick('masked8', 'masked4')].filter((way) => way !== undefined);
    process.stdout.write(`${gpu.adapter.description}; 12 heads of 64, ${tokens} tokens, medians of ${rounds}, ms\n`);
    for (const share of shares) {
      const sizes = { heads: 12, queries: tokens, keys: tokens, dim: 64, causal: false, operandBits: 32 } as const;
      const kernels = ways.map((variant) => gatherAttendBench({ ...sizes, keep: tokens * share, variant }));
      const { ms } = await inTurn(gpu, kernels, ({ ms }) => ms[0]!.length >= rounds);
      const times = ways.map((way, i) => `${way} ${median(ms[i]!).toFixed(1)}`);
      const ratio = ms[1]
        ? `, masked takes ${median(ms[1].map((time, i) => time / ms[0]![i]!)).toFixed(2)} of that`
        : '';
      process.stdout.write(`1/${1 / share} kept: ${times.join(', ')}${ratio}\n`);
    }
  });
});
