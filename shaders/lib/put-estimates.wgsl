// Estimates go to memory instead of being compared, and to every key that is no later than the query. Needs the binding `scores`.
//:use lib/threshold-params
//:use lib/threshold

const IN_QUADS = 1u;

fn visible_at(head_index: u32, query: u32) -> u32 {
  return visible_keys(own_key(query, params.queries, params.keys), params.keys, params.causal);
}

fn limit_at(head_index: u32) -> f32 {
  return 0.0;
}

fn offset_at(at: u32) -> f32 {
  return 0.0;
}

fn take(head_index: u32, query: u32, quad: u32, estimate: vec4<f32>, limit: f32, offset: vec4<f32>) -> u32 {
  let local = query - params.query_first;
  if (local < params.query_count) {
    scores[(head_index * params.query_count + local) * ((params.keys + 3u) / 4u) + quad] = estimate;
  }
  return 0u;
}

fn put_word(head_index: u32, query: u32, word: u32, reached: u32, visible: u32) -> u32 {
  return 0u;
}

fn put_count(head_index: u32, query: u32, count: u32) {}
