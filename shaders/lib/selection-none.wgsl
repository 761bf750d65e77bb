// Every visible key counts: there is no selection.
const SELECTED: bool = false;

fn selected_keys(row: u32, first: u32) -> u32 {
  return 0xffffffffu;
}
