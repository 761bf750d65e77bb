// Upper nibbles of packed 8-bit codes as bit planes and as pairs.
const PLANE_WEIGHTS = vec4<f32>(1.0, 2.0, 4.0, -8.0);

// The 4 planes of 4 codes, plane s in the lowest 4 bits of component s.
fn planes_of(codes: u32) -> vec4<u32> {
  let bits = (vec4<u32>(codes) >> vec4<u32>(4u, 5u, 6u, 7u)) & vec4<u32>(0x01010101u);
  // The product moves the bits of the 4 bytes to the 4 highest places; what else it adds up stays below them.
  return (bits * 0x10204080u) >> vec4<u32>(28u);
}

// Nibbles of codes 0 and 2 as n0 + 2^16 n2, of 4 words. A float of the 20 bits in question is exact, and shifts are slow on a
// software adapter.
fn even_pairs(codes: vec4<u32>) -> vec4<i32> {
  let fields = bitcast<vec4<i32>>((codes & vec4<u32>(0x00f000f0u)) ^ vec4<u32>(0x00800080u)) - vec4<i32>(0x00800080);
  return vec4<i32>(vec4<f32>(fields) * 0.0625);
}

// Nibbles of codes 1 and 3 as n1 + 2^16 n3, of 4 words.
fn odd_pairs(codes: vec4<u32>) -> vec4<i32> {
  return even_pairs(codes >> vec4<u32>(8u));
}

// Sum of all nibbles of pairs that have been added up, at most 64 of them.
fn pair_sum(pairs: vec4<i32>) -> i32 {
  let sum = pairs.x + pairs.y + pairs.z + pairs.w;
  let low = (sum + 32768) & 65535;
  return low - 32768 + ((sum - (low - 32768)) / 65536);
}

// The same pairs the other way round, n2 + 2^16 n0: the upper half of a product of both is n0 m0 + n2 m2.
fn swapped(pairs: vec4<i32>) -> vec4<i32> {
  return (pairs << vec4<u32>(16u)) + ((pairs + vec4<i32>(32768)) >> vec4<u32>(16u));
}
