// What every way to score by codes is given, and a query's code.
// Lanes of a workgroup: a software adapter pays for each few of them when a workgroup with barriers begins.
override LANES: u32 = 64u;
override RULE: u32 = 0u; // 0 symmetric, 1 match, 2 asymmetric
// Entries laid down at a time. No larger than needed: zeroing workgroup memory costs a software adapter compile time.
override ENTRIES: u32 = 128u;

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  queries: u32,
  query_first: u32,
  query_count: u32,
  keys: u32,
  causal: u32,
  dim: u32,
  subspaces: u32,
  sub_dim: u32,
  centroids: u32, // padded to a multiple of 4
  chunk: u32, // sub-spaces laid down at a time, a multiple of 4
  array_base: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> q_codes: array<u32>;
@group(0) @binding(1) var<storage, read> k_codes: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn code_of(row: u32, m: u32) -> u32 {
  return (q_codes[row * ((params.subspaces + 3u) / 4u) + m / 4u] >> (8u * (m % 4u))) & 255u;
}

// Keys that the queries up to `last` may see.
fn visible_to(last: u32) -> u32 {
  if (params.causal == 1u) {
    return params.keys - params.queries + last + 1u;
  }
  return params.keys;
}
