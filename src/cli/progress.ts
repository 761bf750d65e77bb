import cliProgress, { type SingleBar } from 'cli-progress';
import type { OnProgress, Progress } from '../study/result.ts';

/** Where progress goes; close it before anything else is written to the terminal. */
export interface ProgressView {
  readonly onProgress: OnProgress;
  close(): void;
}

/** A bar on a terminal, a line per stage, per quarter and for the first result elsewhere, nothing with `quiet`. Writes to stderr only. */
export function progressView(quiet: boolean, stream: NodeJS.WriteStream = process.stderr): ProgressView {
  if (quiet) return { onProgress: () => {}, close: () => {} };
  return stream.isTTY ? barView(stream) : lineView(stream);
}

function barView(stream: NodeJS.WriteStream): ProgressView {
  let bar: SingleBar | undefined;
  let stage: string | undefined;
  const close = () => {
    bar?.stop();
    bar = undefined;
    stage = undefined;
  };
  const onProgress = (progress: Progress) => {
    if (progress.stage !== stage) {
      close();
      stage = progress.stage;
      bar = new cliProgress.SingleBar(
        {
          stream,
          format: (options, params, payload) =>
            `${String(payload.stage).padEnd(28).slice(0, 28)} ${cliProgress.Format.BarFormat(params.progress, options)} ${params.value}/${params.total} ${payload.sofar ?? ''}`,
          hideCursor: true,
          barsize: 30,
        },
        cliProgress.Presets.shades_classic,
      );
      bar.start(Math.max(1, progress.total), progress.done, { stage });
    }
    bar?.update(progress.done, { stage, sofar: progress.sofar });
    if (progress.done >= progress.total) close();
  };
  return { onProgress, close };
}

function lineView(stream: NodeJS.WriteStream): ProgressView {
  let stage: string | undefined;
  let quarter = 0;
  let told = false;
  const onProgress = (progress: Progress) => {
    const reached = progress.total > 0 ? Math.floor((4 * progress.done) / progress.total) : 4;
    // The first thing that is known of a result is told at once.
    const isNews = progress.sofar !== undefined && !told;
    if (progress.stage === stage && reached <= quarter && !isNews) return;
    told = progress.sofar !== undefined;
    stage = progress.stage;
    quarter = reached;
    const sofar = progress.sofar === undefined ? '' : `, ${progress.sofar}`;
    stream.write(`${progress.stage}: ${progress.done} of ${progress.total}${sofar}\n`);
  };
  return { onProgress, close: () => {} };
}
