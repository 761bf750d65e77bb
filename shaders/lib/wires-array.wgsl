// Wires of a window of arrays. A line is a row wire or a column wire; excited lines are those whose ends carry the unit voltages, one
// right-hand side ("drive") each, and collecting lines cross them. Cells are packed by array, row by row.
struct Params {
  rows: u32,
  tiles: u32, // of rows, with their lines and how many have one more
  tile_base: u32,
  tile_longer: u32,
  columns: u32,
  column_tiles: u32, // of columns, likewise
  column_base: u32,
  column_longer: u32,
  references: u32, // reference columns of a tile, 0 or 1, stored behind all columns
  physical_columns: u32,
  planes: u32, // slices * sides
  cell_stride: u32, // elements from one chip's cells to the next's
  first_array: u32,
  tile_rows: u32, // of the largest tile
  pitch: u32, // packed cells from a row to the next: not even, lest columns crowd a few sets of a cache
  excited_rows: u32, // whether the excited lines are rows
  drives: u32, // excited lines of the largest tile
  first_drive: u32, // of the window
  bundles: u32, // of 16 drives in the window
  line_rows: u32, // whether this launch's lines are rows
  lines: u32, // of the largest tile
  reversed: u32, // whether the near end is the last cell
  near: f32, // resistance in MOhm before the first node, between nodes, and conductance in uS behind the last one
  segment: f32,
  far: f32,
  gamma: f32,
  omega: f32,
  lanes: u32,
  grid_x: u32,
}

struct Tile {
  memory: u32, // its first row among the conductances
  first_column: u32,
  rows: u32,
  columns: u32, // of weights
  reference: u32, // column of its reference
}

fn tile_at(slot: u32) -> Tile {
  let number = params.first_array + slot;
  let column_tile = number % params.column_tiles;
  let rest = number / params.column_tiles;
  let row_tile = rest % params.tiles;
  let plane = rest / params.tiles;
  let row0 = row_tile * params.tile_base + min(row_tile, params.tile_longer);
  let rows = params.tile_base + select(0u, 1u, params.tile_longer > row_tile);
  let column0 = column_tile * params.column_base + min(column_tile, params.column_longer);
  let columns = params.column_base + select(0u, 1u, params.column_longer > column_tile);
  let chip = plane / params.planes;
  return Tile(
    chip * params.cell_stride + ((plane % params.planes) * params.rows + row0) * params.physical_columns,
    column0,
    min(rows, params.rows - row0),
    min(columns, params.columns - column0),
    params.columns + column_tile,
  );
}

// Place of a tile's cell among the conductances.
fn memory_of(tile: Tile, row: u32, column: u32) -> u32 {
  let place = select(tile.reference, tile.first_column + column, tile.columns > column);
  return tile.memory + row * params.physical_columns + place;
}

struct Line {
  first: u32, // the near cell
  step: u32, // from a cell to the next, away from the near end; wraps around where that is backwards
  count: u32,
}

// Cells of line `index`, from the array's first packed cell on.
fn line_at(tile: Tile, index: u32) -> Line {
  let columns = tile.columns + params.references;
  var line = Line(index, params.pitch, tile.rows);
  if (index >= columns) {
    line.count = 0u;
  }
  if (params.line_rows == 1u) {
    line = Line(index * params.pitch, 1u, columns);
    if (index >= tile.rows) {
      line.count = 0u;
    }
  }
  if (params.reversed == 1u) {
    line.first += (max(line.count, 1u) - 1u) * line.step;
    line.step = 0u - line.step;
  }
  return line;
}

// Which excited line the k-th cell of a collecting line is on.
fn excited_at(line: Line, k: u32) -> u32 {
  return select(k, line.count - 1u - k, params.reversed == 1u);
}
