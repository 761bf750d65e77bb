import type { ButterflyConfig } from '../accelerator/butterfly-config.ts';
import type { ChargeConfig } from '../accelerator/charge-config.ts';
import type { Codebooks } from '../accelerator/codebook.ts';
import type { HardseaConfig } from '../accelerator/hardsea-config.ts';
import type { SprintConfig } from '../accelerator/sprint-config.ts';
import type { Generator } from '../generator.ts';
import type { AdapterFacts } from '../gpu/adapter.ts';
import type { Counts } from '../ledger/counts.ts';
import type { Elasticities } from '../ledger/elasticity.ts';
import type { Figure } from '../ledger/figure.ts';
import type { AreaRow, EnergyRow, Technology } from '../ledger/technology.ts';
import type { ByteSource } from '../model/byte-source.ts';
import type { SafetensorsFile } from '../model/safetensors.ts';
import type { OffsetPoint } from './comparator-offset.ts';

/** Version of the JSON below; a reader should refuse another one. */
export const schemaVersion = 1;

/** The three files of a Hugging Face checkpoint; `name` is what reports call the model. */
export interface ModelFiles {
  readonly name: string;
  readonly config: ByteSource;
  readonly weights: ByteSource;
  readonly tokenizer: ByteSource;
}

/** A text and what reports call it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** What every request for a run says. */
interface RunBasics {
  /** What tables and plots call it, for example `hardsea 0.12 hfox-milo`. */
  readonly label: string;
  /** Simulated chips, from 1; chip c draws its own device errors from (seed, c). */
  readonly chips: number;
}

/** Which accelerator, with which settings and files. */
export type AcceleratorChoice =
  | {
      readonly accelerator: 'hardsea';
      readonly config: HardseaConfig;
      /** Trained codebooks; fitted on the calibration text, or on the given q and k, when absent. */
      readonly codebooks?: SafetensorsFile;
    }
  /** Thresholds are part of the configuration; without any they are set on the same samples. */
  | { readonly accelerator: 'sprint'; readonly config: SprintConfig }
  | { readonly accelerator: 'charge'; readonly config: ChargeConfig }
  /** Spans are part of the configuration. */
  | { readonly accelerator: 'butterfly'; readonly config: ButterflyConfig };

/** One accelerator with one configuration; an evaluation holds several. */
export type RunRequest = RunBasics & AcceleratorChoice;

/** Everything that an evaluation reads. */
export interface EvaluateInput {
  readonly model: ModelFiles;
  readonly text: NamedText;
  /** What codebooks are fitted on, never the evaluated text. Needed unless every run brings its codebooks. */
  readonly calibration?: NamedText;
  /** Windows of the context length to evaluate, from the start of the text; fewer when the text is shorter. */
  readonly windows: number;
  readonly seed: number;
  /** Runs beside dense attention, which is always evaluated; may be empty. */
  readonly runs: readonly RunRequest[];
  /** Records one head's exact attention and selection for the report, and studies comparator offsets for a charge-domain hybrid. */
  readonly maps?: boolean;
  /** Receives codebooks when they were fitted, once per shape. */
  readonly onCodebooks?: (codebooks: Codebooks) => void;
}

/** How far a long job is: `done` of `total` steps of the stage named. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What is known of the result so far, in words, such as `loss 3.21`. */
  readonly sofar?: string;
}

/** Called often and cheaply; must not throw. */
export type OnProgress = (progress: Progress) => void;

/** Host time, and GPU time where the adapter has timestamps (ms). */
export interface Timing {
  readonly wallMs: number;
  readonly gpuMs?: number;
}

/** A head's share of kept pairs and what the selection caught. */
export interface HeadAccuracy {
  /** Kept share of the visible pairs, 0 to 1. */
  readonly keptShare: number;
  /** Share of the exact top keys that was selected, 0 to 1. */
  readonly recall: number;
  /** Exact attention probability that fell on selected keys, 0 to 1. */
  readonly softmaxMass: number;
}

/** Spread over simulated chips; `standardDeviation` is the sample's (0 for one chip), `values` are in chip order. */
export interface ChipSpread {
  readonly mean: number;
  readonly standardDeviation: number;
  readonly values: readonly number[];
}

/** What a run's attention costs in loss (nats per predicted token), against dense attention on the same windows. */
export interface Accuracy {
  readonly denseLoss: number;
  /** Mean over chips. */
  readonly loss: number;
  readonly lossIncreasePercent: number;
  readonly recall: number;
  readonly softmaxMass: number;
  /** Losses of the single chips, where more than one was simulated. */
  readonly chips?: ChipSpread;
  readonly perLayer: readonly { readonly layer: number; readonly heads: readonly HeadAccuracy[] }[];
}

/** Time of one stage of the accelerator, whole run on one chip (ns). */
export interface LatencyRow {
  readonly stage: string;
  readonly timeNs: number;
}

/** Predicted time of the whole run on one chip (ns): stages one after the other, and overlapped as the design allows. */
export interface Latency {
  readonly stages: readonly LatencyRow[];
  readonly sequentialNs: number;
  readonly overlappedNs: number;
}

/**
 * What one accelerator did. Counts, energy and latency are for the attention of all evaluated windows on one chip (mean
 * over chips): divide by `windows` for one window.
 */
export interface AcceleratorRun {
  readonly accelerator: string;
  readonly label: string;
  /** What decides what is kept, for tables, such as `0.12`, `k=62` or `learned`. */
  readonly setting: string;
  /** Fully resolved. */
  readonly config: object;
  /** The cell or array preset that device errors were drawn from. */
  readonly device: string;
  readonly chips: number;
  /** Kept share of the visible pairs, 0 to 1. */
  readonly keptShare: number;
  /** Kept shares of the single chips, where more than one was simulated and they differ. */
  readonly keptShares?: ChipSpread;
  /** As configured; with an absolute `keep`, that number over the context length. Absent where thresholds decide. */
  readonly keepRatio?: number;
  readonly counts: Counts;
  readonly energy: readonly EnergyRow[];
  readonly latency: Latency;
  readonly area: readonly AreaRow[];
  readonly figures: readonly Figure[];
  /** What every calculated figure hangs on; constants that are not named have an elasticity of 0. */
  readonly elasticities: Elasticities;
  /** The constants, each with its unit, source and grade. */
  readonly costTable: Technology;
  readonly accuracy: Accuracy;
  readonly timing: Timing;
}

/** Dense attention on the same windows: the yardstick. */
export interface DenseRun {
  readonly loss: number;
  readonly lossPerWindow: readonly number[];
  /** Measured time of the dense attention kernels of one window on this adapter (ms). */
  readonly attentionMs?: number;
  readonly figures: readonly Figure[];
  readonly timing: Timing;
}

/** One head's attention over one window; matrices are row-major, `size` x `size`, query by key. */
export interface AttentionMaps {
  readonly layer: number;
  readonly head: number;
  readonly window: number;
  /** Which run the selection belongs to: its label. */
  readonly run: string;
  readonly accelerator: string;
  /** Tokens along each axis before down-sampling. */
  readonly tokens: number;
  /** Cells along each axis. */
  readonly size: number;
  readonly causal: boolean;
  /** Exact attention probability; down-sampled cells hold the largest of their tokens. */
  readonly exact: readonly number[];
  /** Share of the cell's visible pairs that was kept, 0 to 1. */
  readonly selection: readonly number[];
}

/** The model as reports describe it. */
export interface ModelFacts {
  readonly name: string;
  readonly architecture: string;
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
  readonly context: number;
  readonly parameters: number;
}

/** Result of `evaluate`, as `--json` writes it and the report shows it. */
export interface EvaluateResult {
  readonly schemaVersion: typeof schemaVersion;
  readonly command: 'evaluate';
  readonly version: string;
  readonly model: ModelFacts;
  readonly text: string;
  readonly calibration?: string;
  readonly windows: number;
  /** Predicted tokens over all windows. */
  readonly tokens: number;
  readonly seed: number;
  readonly generator: Generator;
  readonly adapter: AdapterFacts;
  readonly dense: DenseRun;
  readonly runs: readonly AcceleratorRun[];
  /** The same head under the first run of every accelerator. */
  readonly maps?: readonly AttentionMaps[];
  /** What comparator offsets do to charge arrays on synthetic rows; with a charge-domain hybrid and maps only. */
  readonly comparatorOffsets?: readonly OffsetPoint[];
  /** What papers print about the evaluated accelerators. */
  readonly published: readonly Figure[];
  readonly timing: Timing;
}

/** Sizes and operands of one attention call; `q` is `[batch, heads, queries, dim]`, `k` and `v` `[batch, heads, keys, dim]`, row-major, finite. */
interface AttendOperands {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  /** At least as many as queries. */
  readonly keys: number;
  readonly dim: number;
  /** Query i sees keys 0 to i + keys - queries. */
  readonly causal: boolean;
  readonly chips: number;
  readonly seed: number;
  /** Valid tokens of each of the batch's sequences, from the start; the others are padding. Thresholding accelerators only. */
  readonly lengths?: Uint32Array;
}

/** Exact attention over everything, in float32 unless the operands are to have 8 bits. */
export type DenseChoice = { readonly accelerator: 'dense'; readonly config: { readonly operandBits?: 8 | 32 } };

/** One attention call: how, and on what. */
export type AttendInput = AttendOperands & (DenseChoice | AcceleratorChoice);

/** What one attention call gives; with more than one chip every array has a leading chip axis. */
export interface AttendOutput {
  /** `[batch, heads, queries, dim]`. */
  readonly out: Float32Array;
  /** `[batch, heads, queries, ceil(keys / 32)]`; bit j of word w is key 32 w + j, 1 = kept. */
  readonly selection: Uint32Array;
  /** `[batch, heads, queries]`. */
  readonly kept: Uint32Array;
  readonly summary: AttendSummary;
}

/** The part of an attention call's result that its JSON holds. */
export interface AttendSummary {
  readonly keptShare: number;
  readonly keepRatio?: number;
  readonly counts: Counts;
  readonly energy: readonly EnergyRow[];
  readonly latency?: Latency;
  readonly area?: readonly AreaRow[];
  readonly figures: readonly Figure[];
  /** What every calculated figure hangs on, and the constants with their sources; absent for dense attention. */
  readonly elasticities?: Elasticities;
  readonly costTable?: Technology;
  readonly accuracy?: { readonly recall: number; readonly softmaxMass: number };
  /** Most GPU memory that the call's tensors took at a time; buffers that results are read back through are not counted. */
  readonly peakGpuBytes?: number;
  readonly timing: Timing;
}
