import type { Reading } from '../gpu/batch.ts';
import type { AttentionCall } from '../model/attention.ts';

/** One attention call with queries and keys of their own lengths; tensors are `[sequences, heads, tokens, dim]`. */
export interface HardseaCall extends Omit<AttentionCall, 'tokens'> {
  readonly queries: number;
  readonly keys: number;
}

/** What one recorded call will tell after its batch was submitted. */
export interface HardseaTrace {
  readonly call: HardseaCall;
  /** `[sequences * heads, queries, 4]`: last winner (ns), column charges, active columns, kept keys. */
  readonly select: Reading<Float32Array>;
  /** `[sequences * heads, tokens, words, 4]`: sum of arrivals (ns), latest (ns), column charges, arrays. */
  readonly encodeQ: Reading<Float32Array>;
  readonly encodeK: Reading<Float32Array>;
  /** `[sequences * heads, queries]`: bank cycles. */
  readonly cycles: Reading<Uint32Array>;
  /** `[sequences * heads, queries, 4]`: softmax mass, top keys found, top keys, visible keys. */
  readonly quality: Reading<Float32Array> | undefined;
  readonly selection: Reading<Uint32Array> | undefined;
}
