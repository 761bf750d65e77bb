import { Butterfly } from '../../accelerator/butterfly.ts';
import { type ButterflyConfig, type ResolvedButterfly, resolveButterfly } from '../../accelerator/butterfly-config.ts';
import { type CompiledLinears, compileLinears } from '../../accelerator/compile-linears.ts';
import { spanTable } from '../../accelerator/spans.ts';
import { fail } from '../../errors.ts';
import type { AcceleratorPlan, Calibration } from './plan.ts';

/** Plans a chip with butterfly zero skipper: weights are compiled once for all runs that hold them alike. */
export function planButterfly(given: ButterflyConfig): AcceleratorPlan {
  const config = resolveButterfly(given);
  return {
    config,
    device: 'digital',
    setting: settingOf(config),
    needsSamples: false,
    keepRatio: () => undefined,
    check({ layers, heads, keys }) {
      spanTable(config.spans, { layers, heads, context: keys });
      if (config.heads !== undefined && config.heads !== heads)
        throw fail(
          'BUTTERFLY_CONFIG',
          `butterfly.heads is ${config.heads} where there are ${heads}`,
          'leave it out: it says how projections of a call are split',
        );
    },
    async prepare(calibration) {
      const { layers, heads, keys, dim, causal } = calibration.sizes;
      const spans = spanTable(config.spans, { layers, heads, context: keys });
      const linears = await compiled(config, calibration);
      const common = { config, spans, dim, causal, linears };
      return { program: (options) => Butterfly.program(calibration.gpu, { ...common, ...options }) };
    },
  };
}

function compiled(config: ResolvedButterfly, calibration: Calibration): Promise<CompiledLinears> | CompiledLinears {
  const { gpu, linears } = calibration;
  if (config.linearBits === 32 || linears.length === 0) return new Map();
  const { block, lanes, fork, packing, macroColumns, prune = 'no' } = config;
  const key = `compile weights, ${fork} ${lanes} of ${block}, packing ${packing}, ${macroColumns} columns, ${prune} pruning`;
  return calibration.once(key, () => compileLinears(gpu, linears, config));
}

function settingOf({ spans, operandBits, linearBits }: ResolvedButterfly): string {
  const kept =
    typeof spans === 'number' ? `span ${spans}` : 'share' in spans ? `span ${spans.share} of the context` : 'spans';
  const wide = [...(operandBits === 32 ? ['attention'] : []), ...(linearBits === 32 ? ['linear'] : [])];
  return wide.length === 0 ? kept : `${kept}, ${wide.join(' and ')} float32`;
}
