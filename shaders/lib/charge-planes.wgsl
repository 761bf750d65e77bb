// Bit planes of the upper nibbles: plane s holds bit s of every dimension, 32 dimensions a word.
const PLANE_WEIGHTS = vec4<f32>(1.0, 2.0, 4.0, -8.0);

// The 4 planes of 4 packed 8-bit codes, in the lowest 4 bits of each component.
fn planes_of(codes: u32) -> vec4<u32> {
  let bits = (vec4<u32>(codes) >> vec4<u32>(4u, 5u, 6u, 7u)) & vec4<u32>(0x01010101u);
  // The product moves the bits of the 4 bytes to the 4 highest places; what else it adds up stays below them.
  return (bits * 0x10204080u) >> vec4<u32>(28u);
}
