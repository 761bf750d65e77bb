// Bits of a selection [sequences * heads, queries, ceil(keys / 32)] say which keys count; 32 keys from a multiple of 32 on.
const SELECTED: bool = true;

@group(0) @binding(5) var<storage, read> selection: array<u32>;

fn selected_keys(row: u32, first: u32) -> u32 {
  return selection[row * ((params.keys + 31u) / 32u) + first / 32u];
}
