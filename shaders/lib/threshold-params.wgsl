// Parameters of the thresholding kernels, and where the draws of an estimate come from: its chip, four neighbouring keys of a
// layer's head, and the query among all of its windows.
struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  queries: u32,
  query_first: u32, // the part to work on, for kernels whose scores come in parts
  query_count: u32,
  row_first: u32, // query of the first row of a head in selection and counts, and how many rows those have
  row_count: u32,
  keys: u32,
  columns: u32, // comparators of a head
  causal: u32,
  padded: u32,
  dim: u32,
  unit: f32, // score that one unit of an estimate stands for; 0: nibble units, by the scales
  root_dim: f32,
  margin: f32, // in score units
  comparator_sigma: f32, // in units of the estimate, as all below
  cell_variance: f32, // that reading adds to every cell alike
  sum_variance: f32, // that reading adds to an estimate
  seed: u32,
  first_chip: u32,
  layer: u32,
  first_event: u32,
}

fn chip_of(head_index: u32) -> u32 {
  return params.first_chip + head_index / (params.heads * params.windows);
}

fn element_of(head_index: u32, quad: u32) -> u32 {
  return (params.layer * params.heads + head_index % params.heads) * ((params.keys + 3u) / 4u) + quad;
}

fn event_of(head_index: u32, query: u32) -> u32 {
  return params.first_event + ((head_index / params.heads) % params.windows) * params.queries + query;
}

// Where the comparators of a head begin in their offsets.
fn comparators_of(head_index: u32) -> u32 {
  return (head_index / (params.heads * params.windows) * params.heads + head_index % params.heads) * params.columns;
}
