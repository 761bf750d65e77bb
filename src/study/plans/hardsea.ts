import { type Codebooks, checkCodebooks } from '../../accelerator/codebook.ts';
import { fitCodebooks } from '../../accelerator/fit-codebooks.ts';
import { Hardsea } from '../../accelerator/hardsea.ts';
import {
  type HardseaConfig,
  keptPerRow,
  type ResolvedHardsea,
  resolveHardsea,
} from '../../accelerator/hardsea-config.ts';
import type { SafetensorsFile } from '../../model/safetensors.ts';
import { decodeCodebooks } from '../codebook-file.ts';
import type { AcceleratorPlan, Calibration } from './plan.ts';

/** Plans a HARDSEA: codebooks come from the file, else they are fitted once per shape. */
export function planHardsea(given: HardseaConfig, file?: SafetensorsFile): AcceleratorPlan {
  const config = resolveHardsea(given);
  return {
    config,
    device: config.device.name,
    setting: config.keep === undefined ? String(config.keepRatio) : `k=${config.keep}`,
    needsSamples: file === undefined,
    keepRatio: (keys) => (config.keep === undefined ? config.keepRatio : config.keep / keys),
    check: ({ keys }) => void keptPerRow(config, keys),
    async prepare(calibration) {
      const codebooks = file ? await decodeCodebooks(file) : await trained(config, calibration);
      const { layers, heads, dim } = calibration.sizes;
      const { subspaces, centroids } = config;
      checkCodebooks(codebooks, { layers, heads, dim, subspaces, centroids });
      return { program: (options) => Hardsea.program(calibration.gpu, { config, codebooks, ...options }) };
    },
  };
}

async function trained(config: ResolvedHardsea, calibration: Calibration): Promise<Codebooks> {
  const { gpu, seed } = calibration;
  const { subspaces, centroids, iterations } = config;
  const samples = await calibration.samples();
  const key = `fit codebooks ${subspaces} x ${centroids}, ${iterations} rounds`;
  return calibration.once(key, async () => {
    const books = await fitCodebooks(gpu, samples, { ...calibration.sizes, subspaces, centroids, iterations, seed });
    calibration.onCodebooks?.(books);
    return books;
  });
}
