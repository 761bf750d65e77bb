import { Command } from 'commander';
import { broken } from '../../errors.ts';
import type { Diagnosis } from '../../study/doctor.ts';
import { formatBytes } from '../format-bytes.ts';
import type { CommonOptions } from '../options.ts';

/** `doctor`: the adapter, whether a kernel ran right on it, and what would be faster. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('the adapter, whether a kernel runs right on it, and what would be faster')
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions & { readonly json?: boolean }) => {
      const { withGpu } = await import('../with-gpu.ts');
      const { diagnose } = await import('../../study/doctor.ts');
      const diagnosis = await withGpu(diagnose);
      process.stdout.write(options.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis));
      if (diagnosis.kernel.right) return;
      const { name, largestError, tolerance } = diagnosis.kernel;
      throw broken(
        'WRONG_RESULT',
        `the kernel ${name} is off by ${largestError} on this adapter, ${tolerance} is allowed`,
        'update the driver, or set CIM_ATTENTION_ADAPTER=software',
      );
    });
}

/** A diagnosis as lines of text. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { adapter, limits, kernel, roundTripMs, advice } = diagnosis;
  const rows: [string, string][] = [
    ['adapter', `${adapter.description} (${adapter.vendor}, ${adapter.architecture})`],
    ['class', adapter.class],
    ['runtime', adapter.runtime],
    ['features', adapter.features.join(', ') || 'none'],
    ['missing', adapter.missing.join(', ') || 'none'],
    ['buffer, largest', formatBytes(limits['maxBufferSize']!)],
    ['binding, largest', formatBytes(limits['maxStorageBufferBindingSize']!)],
    ['workgroup memory', formatBytes(limits['maxComputeWorkgroupStorageSize']!)],
    ['storage buffers', `${limits['maxStorageBuffersPerShaderStage']} per shader`],
    ['round trip', `${roundTripMs.toFixed(2)} ms for one submit and readback`],
    [
      'kernel',
      kernel.right
        ? `${kernel.name} is right (largest error ${kernel.largestError.toExponential(1)})`
        : `${kernel.name} is WRONG (largest error ${kernel.largestError})`,
    ],
  ];
  const lines = rows.map(([label, value]) => `${label.padEnd(17)} ${value}`);
  const tips = advice.length === 0 ? ['nothing known would be faster'] : advice;
  const wrapped = tips.flatMap((tip) => wrap(`- ${tip}`, 80));
  return `${[...lines, ...wrapped.map((tip, i) => `${(i === 0 ? 'faster' : '').padEnd(17)} ${tip}`)].join('\n')}\n`;
}

/** Text in lines of at most `width` characters; lines after the first are indented. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines;
}
