// What the shaders of attention over kept keys are given; rows lie in whole blocks of 32 dimensions.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4

struct Params {
  heads: u32, // sequences * heads
  queries: u32,
  keys: u32,
  dim: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<Group>;
@group(0) @binding(1) var<storage, read> k: array<Group>;
@group(0) @binding(2) var<storage, read> v: array<Group>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;
@group(0) @binding(5) var<storage, read> selection: array<u32>;
