// The keys that a query sees within its head's span: its own, span - 1 before it and, unless causal, as many after it, as far
// as there are tokens. The last query belongs to the last key.
fn span_of(stored: u32, keys: u32) -> u32 {
  return clamp(stored, 1u, keys);
}

fn span_first(own: u32, span: u32) -> u32 {
  return own + 1u - min(own + 1u, span);
}

fn span_end(own: u32, span: u32, keys: u32, causal: u32) -> u32 {
  return min(own + select(span, 1u, causal == 1u), keys);
}
