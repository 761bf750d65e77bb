import { fail } from '../errors.ts';
import { Batch } from './batch.ts';
import type { Gpu } from './gpu.ts';
import { Supply } from './supply.ts';

/**
 * Batches that follow one another and do the same: what the first one has made on the device (pipelines, parameters, bind
 * groups, temporaries, memory to read back through) serves those behind it, which only record and send. Parameters may
 * change from batch to batch, and so may what tensors hold; other sizes or tensors are made anew where they differ, and all is
 * after a batch that failed or was discarded.
 */
export class Series {
  private readonly gpu: Gpu;
  private readonly label: string;
  private readonly supply: Supply;
  private open = false;

  constructor(gpu: Gpu, label: string) {
    this.gpu = gpu;
    this.label = label;
    this.supply = new Supply(gpu, label);
  }

  /**
   * Starts recording the next batch. Its temporaries hold what the batch before left in them. Throws `SERIES_BUSY` while the
   * one before is neither submitted and done nor discarded, since they share their memory.
   */
  batch(): Batch {
    this.gpu.assertAlive();
    if (this.open)
      throw fail('SERIES_BUSY', `a batch of '${this.label}' is not done yet`, 'await its submit(), or discard() it');
    this.open = true;
    return new Batch(this.gpu, this.label, this.supply, (isDone) => {
      // Where a batch failed, what was made for it may be the reason, such as memory that there was too little of.
      if (isDone) this.supply.rewind();
      else this.supply.destroy();
      this.open = false;
    });
  }

  /** Gives everything back that the batches shared. */
  destroy(): void {
    this.supply.destroy();
  }
}
