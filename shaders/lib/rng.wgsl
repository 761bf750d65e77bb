// Counter-based random numbers: 4 words for each draw (seed, chip, stream, element, event), by one of two generators. pcg4d (Jarzynski,
// Olano: Hash functions for GPU rendering, JCGT 9(3), 2020) takes a few multiplications; Philox4x32-10 (Salmon et al., SC'11) agrees
// with Random123 and costs several times as much, since WGSL has no upper half of a product.
override GENERATOR: u32 = 0u; // 0 pcg4d, 1 Philox4x32-10

fn high_product(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let middle = a1 * b0 + (low >> 16u);
  let cross = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (cross >> 16u);
}

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    c = vec4<u32>(
      high_product(0xcd9e8d57u, c.z) ^ c.y ^ k.x,
      0xcd9e8d57u * c.z,
      high_product(0xd2511f53u, c.x) ^ c.w ^ k.y,
      0xd2511f53u * c.x,
    );
    k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

fn pcg4d(counter: vec4<u32>) -> vec4<u32> {
  var v = counter * 1664525u + 1013904223u;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  v ^= v >> vec4<u32>(16u);
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}

// Four words of the draw (seed, chip, stream, element, event); `stream` tells effects apart. pcg4d has four words of input: the
// golden ratio's multiples keep streams up to 255 apart by more than six million chips.
fn random_words(seed: u32, chip: u32, stream: u32, element: u32, event: u32) -> vec4<u32> {
  if (GENERATOR == 1u) {
    return philox(vec4<u32>(element, event, stream, 0u), vec2<u32>(seed, chip));
  }
  return pcg4d(vec4<u32>(element, event, chip + stream * 0x9e3779b1u, seed));
}

// Uniform in (0, 1), 24 bits.
fn to_uniform(words: vec4<u32>) -> vec4<f32> {
  return (vec4<f32>(words >> vec4<u32>(8u)) + 0.5) * 5.9604644775390625e-8;
}

// Four independent standard normals by Box-Muller.
fn to_normals(words: vec4<u32>) -> vec4<f32> {
  let u = to_uniform(words);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * u.yw;
  return vec4<f32>(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
