// Product-quantisation codes: every sub-space of a token drives its codebook array, and the column whose current charges
// its capacitor first gives the code (time-domain winner-take-all). Ideal arrays compare the currents themselves.
// Grid: ceil(tokens / 128) x ceil(subspaces / 4) x sequences * heads workgroups of 64 lanes; a lane encodes 2 tokens.
// Memory: registers only. Reads x [sequences * heads, tokens, dim]; difference G+ - G- and, for noise by conductance, the variance
// of both cells [chip, padded rows, columns], rows past sub_dim being bias rows driven at full scale; ranges; mismatch.
// Writes codes [sequences * heads, tokens, ceil(subspaces / 4)], 8 bits each, and stats (sum of winners' arrival times,
// latest winner, column charges, arrays) per code word.
override TIMED: u32 = 0u; // 0 currents compared as they are, 1 arrival times with mismatch, jitter and resolution
override NOISE: u32 = 0u; // read noise: 0 none, 1 the same for every cell, 2 by the conductance

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  tokens: u32,
  dim: u32,
  subspaces: u32,
  sub_dim: u32,
  rows: u32,
  padded_rows: u32,
  columns4: u32,
  column_base4: u32,
  array_base: u32,
  centroids: u32,
  centroids4: u32,
  dac_steps: u32,
  seed: u32,
  first_chip: u32,
  first_event: u32,
  event_stride: u32, // events from one window to the next
  weight_scale: f32, // 1 / (largest - smallest conductance)
  noise_variance: f32, // of one cell in uS^2, where all are alike; else 1
  charge: f32, // capacitance * threshold in fF V, or the ramp's time in ns
  current_min: f32,
  current_max: f32,
  delay: f32, // ns
  jitter: f32, // relative to the charging time, or to the ramp's
  reference_jitter: f32, // ns
  resolution: f32, // ns, 0 = none
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> difference: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> variance: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> ranges: array<vec4<f32>>; // 1 / input range, current per weight unit, current at 0
@group(0) @binding(4) var<storage, read> mismatch: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> codes: array<u32>;
@group(0) @binding(6) var<storage, read_write> stats: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> params: Params;

//:use lib/rng
//:use lib/wta-time

const READ_NOISE = 4u;
const WTA_JITTER = 6u;
const WTA_REFERENCE = 10u;

// A drive in units of full scale. Exact drives are not clipped: an ideal array's codes are the nearest centroids of any input.
fn drive(value: f32) -> f32 {
  if (params.dac_steps == 0u) {
    return value;
  }
  let steps = f32(params.dac_steps);
  return round(clamp(value, -1.0, 1.0) * steps) / steps;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.z;
  let token0 = (group.x * 64u + lane) * 2u;
  if (head >= params.head_count || token0 >= params.tokens) {
    return;
  }
  let sequence = head / params.heads;
  let chip = sequence / params.windows;
  let event0 = params.first_event + (sequence % params.windows) * params.event_stride + token0;
  let last_token = params.tokens - 1u;
  //:for t in 0..2
  let token_at${t} = (head * params.tokens + min(token0 + ${t}u, last_token)) * params.dim;
  var word${t} = 0u;
  var stat${t} = vec4<f32>(0.0);
  //:end
  for (var part = 0u; part < 4u; part++) {
    let m = group.y * 4u + part;
    if (m >= params.subspaces) {
      break;
    }
    let array = (head % params.heads) * params.subspaces + m;
    let range = ranges[params.array_base + array];
    let column4 = params.column_base4 + array * params.centroids4;
    let first_dim = min(m * params.sub_dim, params.dim);
    let last_dim = min(first_dim + params.sub_dim, params.dim);
    //:for t in 0..2
    var first${t} = 3.0e38;
    var winner${t} = 0u;
    var time${t} = 0.0;
    var rate${t} = 0.0;
    //:end
    for (var c4 = 0u; c4 < params.centroids4; c4++) {
      //:for t in 0..2
      var sum${t} = vec4<f32>(0.0);
      var spread${t} = vec4<f32>(0.0);
      //:end
      var at = chip * params.padded_rows * params.columns4 + column4 + c4;
      for (var d = first_dim; d < last_dim; d++) {
        let weight = difference[at];
        var power = vec4<f32>(2.0);
        if (NOISE == 2u) {
          power = variance[at];
        }
        at += params.columns4;
        //:for t in 0..2
        let in${t} = drive(x[token_at${t} + d] * range.x);
        sum${t} += weight * in${t};
        if (NOISE > 0u) {
          spread${t} += power * (in${t} * in${t});
        }
        //:end
      }
      // Bias rows lie behind the sub-space's rows, also where the head's last sub-space has fewer dimensions.
      at = (chip * params.padded_rows + params.sub_dim) * params.columns4 + column4 + c4;
      for (var r = params.sub_dim; r < params.rows; r++) {
        let weight = difference[at];
        var power = vec4<f32>(2.0);
        if (NOISE == 2u) {
          power = variance[at];
        }
        at += params.columns4;
        //:for t in 0..2
        sum${t} += weight;
        if (NOISE > 0u) {
          spread${t} += power;
        }
        //:end
      }
      let valid = vec4<u32>(0u, 1u, 2u, 3u) + 4u * c4 < vec4<u32>(params.centroids);
      //:for t in 0..2
      if (NOISE > 0u) {
        let draw = to_normals(random_words(params.seed, params.first_chip + chip, READ_NOISE, column4 + c4, event0 + ${t}u));
        sum${t} += sqrt(spread${t} * params.noise_variance) * draw;
      }
      let scaled${t} = sum${t} * params.weight_scale;
      let current${t} = clamp(range.z + range.y * scaled${t}, vec4<f32>(params.current_min), vec4<f32>(params.current_max));
      var charging${t} = nominal_time(current${t});
      var order${t} = -scaled${t};
      if (TIMED == 1u) {
        let shake = to_normals(random_words(params.seed, params.first_chip + chip, WTA_JITTER, column4 + c4, event0 + ${t}u));
        let column = mismatch[chip * params.columns4 + column4 + c4];
        charging${t} = max(arrival_time(current${t}, column, params.jitter * shake), vec4<f32>(0.0));
        order${t} = charging${t} + params.delay;
        if (params.reference_jitter > 0.0) {
          order${t} += params.reference_jitter * to_normals(random_words(params.seed, params.first_chip + chip, WTA_REFERENCE, column4 + c4, event0 + ${t}u));
        }
        if (params.resolution > 0.0) {
          order${t} = floor(order${t} / params.resolution);
        }
      }
      //:for i in 0..4
      if (valid[${i}]) {
        if (RAMP == 0u) {
          rate${t} += 1.0 / charging${t}[${i}];
        }
        if (order${t}[${i}] < first${t}) {
          first${t} = order${t}[${i}];
          winner${t} = 4u * c4 + ${i}u;
          time${t} = charging${t}[${i}];
        }
      }
      //:end
      //:end
    }
    //:for t in 0..2
    word${t} |= winner${t} << (8u * part);
    let arrival${t} = time${t} + params.delay;
    // Columns stop when the winner arrives: each has charged by its share of its own charging time.
    var charges${t} = time${t} * rate${t};
    if (RAMP == 1u) {
      // Every column was charged to its voltage beforehand, and swings with the ramp until that stops.
      charges${t} = f32(params.centroids) * (1.0 + min(time${t} / params.charge, 1.0));
    }
    stat${t} = vec4<f32>(stat${t}.x + arrival${t}, max(stat${t}.y, arrival${t}), stat${t}.z + charges${t}, stat${t}.w + 1.0);
    //:end
  }
  let words = (params.subspaces + 3u) / 4u;
  //:for t in 0..2
  if (token0 + ${t}u < params.tokens) {
    let to${t} = (head * params.tokens + token0 + ${t}u) * words + group.y;
    codes[to${t}] = word${t};
    stats[to${t}] = stat${t};
  }
  //:end
}
