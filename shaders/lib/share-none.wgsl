// Lanes that share nothing: each loads the rows of all four steps itself.
const SHARE: u32 = 1u;

fn swapped(value: Group, step: u32) -> Group {
  return value;
}
