import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { paddedBytes, type Tensor } from '../gpu/tensor.ts';
import type { SafetensorsFile } from './safetensors.ts';

/** A linear layer: `weight` [outputs, inputs], `bias` [outputs]. */
export interface LinearWeights {
  /** As the layout calls it, such as `h.0.attn.c_attn`; of several layers as one, the first. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** A layer normalisation: gain and offset, each [width]. */
export interface NormWeights {
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

/** A vocabulary's table in pieces that each fit one binding; every `firstRow` is a multiple of 64. */
export interface TokenTable {
  readonly pieces: readonly { readonly firstRow: number; readonly rowCount: number; readonly values: Tensor }[];
}

/** The largest piece of a table, unless the device allows less: WebGPU's default for one binding. */
const LARGEST_PIECE_BYTES = 128 * 2 ** 20;
const CHUNK_ELEMENTS = 1 << 20;
const DRAIN_BYTES = 32 * 2 ** 20;

/** Bytes of a table's pieces on this device, at most `wanted`. */
export function pieceBytes(gpu: Gpu, wanted = LARGEST_PIECE_BYTES): number {
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  return Math.min(wanted, maxBufferSize, maxStorageBufferBindingSize);
}

/**
 * Streams a checkpoint's tensors to the GPU, by their names in the layout, and owns what it has put there. Besides the
 * tensor being read, nothing of the checkpoint lies in host memory.
 */
export class WeightLoader {
  /** Linear layers in the order of loading. */
  readonly linears: LinearWeights[] = [];
  private readonly gpu: Gpu;
  private readonly file: SafetensorsFile;
  private readonly fileNames: ReadonlyMap<string, string>;
  private readonly pieceBytes: number;
  private readonly owned: Tensor[] = [];
  private undrained = 0;

  constructor(gpu: Gpu, file: SafetensorsFile, fileNames: ReadonlyMap<string, string>, bytesOfPiece: number) {
    this.gpu = gpu;
    this.file = file;
    this.fileNames = fileNames;
    this.pieceBytes = bytesOfPiece;
  }

  /** Bytes of GPU memory of everything loaded. */
  get bytes(): number {
    return this.owned.reduce((sum, tensor) => sum + paddedBytes(tensor.length), 0);
  }

  /** A whole tensor as it is stored. */
  async whole(name: string): Promise<Tensor> {
    const tensor = await this.allocate(this.shape(name), name);
    await this.write(tensor, 0, await this.file.readF32(this.fileName(name)));
    return tensor;
  }

  /** `<name>.weight` and `<name>.bias` of a layer normalisation. */
  async norm(name: string): Promise<NormWeights> {
    return { gamma: await this.whole(`${name}.weight`), beta: await this.whole(`${name}.bias`) };
  }

  /**
   * Linear layers over the same inputs as one, their outputs behind one another. `stored` says how the file keeps the
   * weights; here they are [outputs, inputs].
   */
  async linear(names: readonly string[], stored: 'in-out' | 'out-in'): Promise<LinearWeights> {
    const sizes = names.map((name) => {
      const [first, second] = this.shape(`${name}.weight`) as [number, number];
      return stored === 'in-out' ? { inputs: first, outputs: second } : { inputs: second, outputs: first };
    });
    const inputs = sizes[0]!.inputs;
    const outputs = sizes.reduce((sum, size) => sum + size.outputs, 0);
    const weight = await this.allocate([outputs, inputs], `${names[0]}.weight`);
    const bias = await this.allocate([outputs], `${names[0]}.bias`);
    let row = 0;
    for (const [i, name] of names.entries()) {
      const values = await this.file.readF32(this.fileName(`${name}.weight`));
      await this.write(weight, row * inputs, stored === 'in-out' ? transpose(values, inputs) : values);
      await this.write(bias, row, await this.file.readF32(this.fileName(`${name}.bias`)));
      row += sizes[i]!.outputs;
    }
    const layer = { name: names[0]!, inputs, outputs, weight, bias };
    this.linears.push(layer);
    return layer;
  }

  /** A table of a vocabulary, cut into pieces of whole rows. */
  async table(name: string): Promise<TokenTable> {
    const [rows, width] = this.shape(name) as [number, number];
    // 64 rows are a multiple of 64 elements, so that a view may begin at each of them.
    const pieceRows = Math.max(64, Math.floor(this.pieceBytes / (width * 4 * 64)) * 64);
    const pieces: { firstRow: number; rowCount: number; values: Tensor }[] = [];
    for (let firstRow = 0; firstRow < rows; firstRow += pieceRows) {
      const rowCount = Math.min(pieceRows, rows - firstRow);
      const values = await this.allocate([rowCount, width], `${name} from row ${firstRow}`);
      pieces.push({ firstRow, rowCount, values });
    }
    const pieceElements = pieceRows * width;
    for await (const { offset, data } of this.file.readF32Chunks(this.fileName(name), CHUNK_ELEMENTS)) {
      for (let done = 0; done < data.length; ) {
        const start = (offset + done) % pieceElements;
        const count = Math.min(data.length - done, pieceElements - start);
        const piece = pieces[Math.floor((offset + done) / pieceElements)]!;
        await this.write(piece.values, start, data.subarray(done, done + count));
        done += count;
      }
    }
    return { pieces };
  }

  /** Whether two tensors of the layout are one in the file. */
  shares(name: string, other: string): boolean {
    return this.fileName(name) === this.fileName(other);
  }

  /** Gives all memory back. */
  destroy(): void {
    for (const tensor of this.owned) tensor.destroy();
  }

  private async allocate(shape: readonly number[], label: string): Promise<Tensor> {
    const tensor = await this.gpu.allocate('f32', shape, label);
    this.owned.push(tensor);
    return tensor;
  }

  private async write(tensor: Tensor, start: number, data: Float32Array): Promise<void> {
    this.gpu.write(tensor, data, start);
    this.undrained += data.byteLength;
    if (this.undrained < DRAIN_BYTES) return;
    this.undrained = 0;
    await this.gpu.drain();
  }

  private shape(name: string): readonly number[] {
    return this.file.info(this.fileName(name)).shape;
  }

  private fileName(name: string): string {
    const fileName = this.fileNames.get(name);
    if (fileName === undefined)
      throw fail('MODEL_LAYOUT', `the layout has no tensor '${name}'`, 'load it with the configuration it belongs to');
    return fileName;
  }
}

/** A matrix of `rows` rows with rows and columns exchanged. */
function transpose(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const out = new Float32Array(values.length);
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++) out[column * rows + row] = values[row * columns + column]!;
  return out;
}
