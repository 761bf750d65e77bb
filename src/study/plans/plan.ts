import type { Codebooks } from '../../accelerator/codebook.ts';
import type { LayerSamples } from '../../accelerator/fit-codebooks.ts';
import type { Machine, MachineOptions } from '../../accelerator/machine.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Attention } from '../../model/attention.ts';
import type { LinearWeights } from '../../model/weights.ts';

/** Where an accelerator is told what its codebooks or thresholds may be fitted on. */
export interface Calibration {
  readonly gpu: Gpu;
  readonly seed: number;
  /** Sizes of the samples: `[sets, heads, queries or keys, dim]` for every layer; `sets` is known when they were collected. */
  readonly sizes: {
    readonly layers: number;
    readonly sets: number;
    readonly heads: number;
    readonly queries: number;
    readonly keys: number;
    readonly dim: number;
    readonly causal: boolean;
  };
  /** Queries and keys of every layer, collected when first asked for. Throws `CALIBRATION_MISSING` where there is nothing to fit on. */
  samples(): Promise<readonly LayerSamples[]>;
  /** The same under another attention, whose pruning changes what later layers see. */
  samplesUnder(attention: Attention): Promise<readonly LayerSamples[]>;
  /** Makes something once for all runs that name the same `key`, and shows it as a stage of the job. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>;
  /** The model's linear layers; none for a single attention call. */
  readonly linears: readonly LinearWeights[];
  /** Receives codebooks when they were fitted. */
  readonly onCodebooks?: (codebooks: Codebooks) => void;
}

/** What a configuration has to fit. */
export interface ModelSizes {
  readonly layers: number;
  readonly heads: number;
  /** Keys of the longest row. */
  readonly keys: number;
  readonly causal: boolean;
}

/** An accelerator with a checked configuration, before anything is fitted or programmed. */
export interface AcceleratorPlan {
  /** Fully resolved, as results show it. */
  readonly config: object;
  /** What draws the device errors: the name of the cell or array preset. */
  readonly device: string;
  /** What decides what is kept, in a word, for labels. */
  readonly setting: string;
  /** Share of a row's keys that is kept as configured; undefined where a threshold decides it. */
  keepRatio(keys: number): number | undefined;
  /** Whether {@link prepare} will ask for samples. */
  readonly needsSamples: boolean;
  /** Checks the settings against a model's or a call's sizes, before any GPU work. */
  check(sizes: ModelSizes): void;
  /** Checks what comes from files and fits the rest, before any chip is programmed. */
  prepare(calibration: Calibration): Promise<PreparedAccelerator>;
}

/** An accelerator that has all it needs: programs populations of chips. */
export interface PreparedAccelerator {
  program(options: MachineOptions): Promise<Machine>;
}
