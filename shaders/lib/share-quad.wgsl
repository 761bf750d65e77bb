// Four neighbouring lanes of a subgroup pass rows round: at step j a lane holds what its quad's lane ^ (0, 1, 3, 2)[j] loaded.
const SHARE: u32 = 4u;

fn swapped(value: Group, step: u32) -> Group {
  return select(quadSwapX(value), quadSwapY(value), step == 1u);
}
