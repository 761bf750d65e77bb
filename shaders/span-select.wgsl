// The keys within each head's span as a selection, for what counts traffic and quality from one.
// Grid: ceil(head_count * queries * words / 64) workgroups of 64 lanes, folded; a lane writes one word of 32 keys.
// Memory: registers only.
// Reads spans [heads of a sequence].
// Writes selection [head_count, queries, ceil(keys / 32)] and counts [head_count, queries], guarded.
struct Params {
  rows: u32, // sequences * heads * queries
  queries: u32,
  keys: u32,
  sequence_heads: u32,
  causal: u32,
}

@group(0) @binding(0) var<storage, read> spans: array<u32>;
@group(0) @binding(1) var<storage, read_write> selection: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/span

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * count.x) * 64u + lane;
  let words = (params.keys + 31u) / 32u;
  if (i >= params.rows * words) {
    return;
  }
  let row = i / words;
  let span = span_of(spans[row / params.queries % params.sequence_heads], params.keys);
  let own = row % params.queries + params.keys - params.queries;
  let first = span_first(own, span);
  let end = span_end(own, span, params.keys, params.causal);
  let low = i % words * 32u;
  let from_bit = max(first, low) - low;
  let end_bit = clamp(end, low, low + 32u) - low;
  // A shift by 32 would be one by 0.
  let below_end = select((1u << (end_bit % 32u)) - 1u, 0xffffffffu, end_bit == 32u);
  let from_first = select(0u, 0xffffffffu << (from_bit % 32u), from_bit < 32u);
  selection[i] = from_first & below_end;
  if (low == 0u) {
    counts[row] = end - first;
  }
}
