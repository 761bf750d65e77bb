// Converters as circuits, 4 columns at a time: the code that a search by comparisons finds. `x` is in units of the reference.
// Reads converters [tile of a chip and slice, entry, column block] as the host packs them; `at` is a block's first entry, `stride`
// the blocks of a row of entries.

// Doubles what is left, bit by bit. Entries: upper and lower threshold, gain, what is taken away, for each bit; the last threshold.
fn staged_code(x: vec4<f32>, at: u32, stride: u32, bits: u32) -> vec4<f32> {
  var left = x;
  var code = vec4<f32>(0.0);
  var digit = f32(1u << (bits - 1u));
  var entry = at;
  for (var bit = 1u; bit < bits; bit++) {
    let high = left > converters[entry];
    let middle = !high & (left > converters[entry + stride]);
    let taken = converters[entry + 3u * stride];
    code += select(select(vec4<f32>(0.0), vec4<f32>(0.5 * digit), middle), vec4<f32>(digit), high);
    left = converters[entry + 2u * stride] * left + select(select(taken, vec4<f32>(0.0), middle), -taken, high);
    digit *= 0.5;
    entry += 4u * stride;
  }
  return code + select(vec4<f32>(0.0), vec4<f32>(1.0), left > converters[entry]);
}

// Sign, then magnitude. Entries: offset, loss, loss per weight, then the weights of the magnitude's bits, highest first.
fn sar_code(x: vec4<f32>, at: u32, stride: u32, bits: u32) -> vec4<f32> {
  let half = f32(1u << (bits - 1u));
  let input = x + converters[at];
  let loss = converters[at + stride];
  let loss_per_weight = converters[at + 2u * stride];
  let half_step = 0.5 / half;
  let up = input > -half_step * loss / (1.0 + loss);
  let polarity = select(vec4<f32>(-1.0), vec4<f32>(1.0), up);
  var weight = vec4<f32>(0.0);
  var magnitude = vec4<f32>(0.0);
  var digit = 0.5 * half;
  for (var bit = 1u; bit < bits; bit++) {
    let trial = weight + converters[at + (2u + bit) * stride];
    let lost = loss + loss_per_weight * trial;
    let stays = (input > (polarity * trial - half_step * lost) / (1.0 + lost)) == up;
    weight = select(weight, trial, stays);
    magnitude += select(vec4<f32>(0.0), vec4<f32>(digit), stays);
    digit *= 0.5;
  }
  return select(half - 1.0 - magnitude, half + magnitude, up);
}

// Counts the steps of a tile's ramp that the input passes, by halving. Entries: offset of the column; the table at `table`.
fn ramp_code(x: vec4<f32>, at: u32, table: u32, bits: u32) -> vec4<f32> {
  let input = x + converters[at];
  var code = vec4<u32>(0u);
  var digit = 1u << (bits - 1u);
  for (var bit = 0u; bit < bits; bit++) {
    let trial = code + digit;
    let threshold = vec4<f32>(
      converters[table + trial.x / 4u][trial.x % 4u],
      converters[table + trial.y / 4u][trial.y % 4u],
      converters[table + trial.z / 4u][trial.z % 4u],
      converters[table + trial.w / 4u][trial.w % 4u],
    );
    code = select(code, trial, input > threshold);
    digit = digit / 2u;
  }
  return vec4<f32>(code);
}
