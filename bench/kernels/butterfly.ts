import { planButterflyRoute } from '../../src/kernel/butterfly-route.ts';
import { routeBlock } from '../../src/reference/butterfly-route.ts';
import { assertEqual, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/** `butterfly-route`: a wire takes an operation in each stage; operands in and out, masks, offsets, and four counts a block. */
export function butterflyRouteBench({ blocks, block }: { blocks: number; block: number }): BenchKernel {
  return {
    name: 'butterfly-route',
    sizes: { blocks, block },
    work: { flops: blocks * block * Math.log2(block), bytes: 4 * blocks * (2 * block + 7) },
    async setup(gpu) {
      const mask = (index: number) => Math.imul(index + 1, 0x9e3779b1) >>> (32 - Math.min(block, 32));
      const masks = Uint32Array.from({ length: 2 * blocks }, (_, i) => (i % 2 === 0 ? mask(i / 2) : 0));
      const routed = unwritten(gpu, 'u32', [blocks, block]);
      const tensors = {
        operands: gpu.tensor(Uint32Array.from({ length: blocks * block }, (_, i) => i + 1)),
        masks: gpu.tensor(masks),
        offsets: gpu.tensor(Uint32Array.from({ length: blocks }, (_, i) => i % block)),
        routed,
        counts: unwritten(gpu, 'u32', [blocks, 4]),
      };
      return {
        dispatches: [{ launch: planButterflyRoute({ blocks, block, lanes: block / 4 }), tensors }],
        outputs: { routed },
        check({ routed: got }) {
          for (const index of samples(blocks, 16)) {
            const wires = Array.from({ length: block }, (_, wire) => wire).filter((wire) => (mask(index) >>> wire) & 1);
            const { sources } = routeBlock({ block }, wires, index % block);
            const left = Array.from(sources, (source) => (source < 0 ? 0 : index * block + source + 1));
            assertEqual(got!.subarray(index * block, (index + 1) * block), left, `block ${index}`);
          }
        },
      };
    },
  };
}
