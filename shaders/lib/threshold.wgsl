// A comparator keeps a key when its estimate reaches a limit. An estimate e(query, key) is the sum over the dimensions of
// (a_q + 15/32) (a_k + 15/32), where a is the upper nibble of an 8-bit code and 15/32 the middle of what the lower one holds:
// "nibble units". 1024 e is a whole number below 2^24, so an f32 holds e itself.
//:use lib/rng

const MIDDLE = 0.46875;
const NO_LIMIT = 1.0e30; // beyond every estimate, and finite: infinities do not compare alike everywhere
const COMPARATOR_NOISE = 13u; // stream of the draws

// Upper nibbles of 4 packed codes, -8 to 7. A multiplication moves each to the top: shifts by vectors take a software adapter
// long to compile and to run.
fn upper_nibbles(word: u32) -> vec4<f32> {
  let top = (vec4<u32>(word) * vec4<u32>(0x1000000u, 0x10000u, 0x100u, 1u)) & vec4<u32>(0xf0000000u);
  return vec4<f32>(bitcast<vec4<i32>>(top)) * 3.725290298461914e-9;
}

// Score that one nibble unit stands for; root_dim is the square root of the dimension.
fn nibble_unit(scale_q: f32, scale_k: f32, root_dim: f32) -> f32 {
  return 256.0 * (scale_q * scale_k) / root_dim;
}

// A threshold on scores as a limit on estimates, of which one unit stands for the score `unit`. Where that is 0 an operand
// is all zero and so are all scores: the limit then keeps everything or nothing.
fn limit_of(threshold: f32, unit: f32) -> f32 {
  if (unit == 0.0) {
    return select(NO_LIMIT, -NO_LIMIT, threshold <= 0.0);
  }
  return clamp(threshold / unit, -NO_LIMIT, NO_LIMIT);
}

// The key at a query's own place; below 0 where there are fewer keys than queries.
fn own_key(query: u32, queries: u32, keys: u32) -> i32 {
  return i32(query) + i32(keys) - i32(queries);
}

// How many keys, from the first, a query sees; `valid` are the keys that are no padding. A padded query sees none. The own
// key is kept wherever it is seen.
fn visible_keys(own: i32, valid: u32, causal: u32) -> u32 {
  if (own >= i32(valid)) {
    return 0u;
  }
  return select(valid, u32(max(own + 1, 0)), causal == 1u);
}

// What 4 neighbouring comparators add to their estimates: static offset and a fresh draw. `element` counts quads of keys
// over layers and heads, `event` queries over windows.
fn comparator_shift(offset: vec4<f32>, sigma: f32, seed: u32, chip: u32, element: u32, event: u32) -> vec4<f32> {
  if (sigma > 0.0) {
    return fma(vec4<f32>(sigma), to_normals(random_words(seed, chip, COMPARATOR_NOISE, element, event)), offset);
  }
  return offset;
}

// Whether a key stays: estimate (with its read noise) and limit in the same units.
fn reaches(estimate: vec4<f32>, limit: f32, shift: vec4<f32>) -> vec4<bool> {
  return estimate >= vec4<f32>(limit) - shift;
}
